from contextlib import closing
from typing import Any

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise under ASGI: a file is read in the thread of its request.

    WhiteNoise hands the open file on, and Django then reads all of it to send it asynchronously,
    with a warning for each file. Our files are small, compressed, and cached for ever.
    """

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        answer = static_file.get_response(request.method, request.META)
        content = b""
        if answer.file is not None:
            with closing(answer.file) as file:
                content = file.read()
        response = HttpResponse(content, status=int(answer.status))
        del response["Content-Type"]  # WhiteNoise knows it
        for name, value in answer.headers:
            response[name] = value
        return response
