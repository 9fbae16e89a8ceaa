"""A customer who calls the API with a session of his own, and no browser."""

import uuid

import requests

from kboss.demo import PASSWORD
from scripts.running import Running
from tests.e2e.people import VETERAN


class Customer:
    """The veteran."""

    def __init__(self, kboss: Running) -> None:
        self.base = kboss.url
        self.session = requests.Session()
        self.session.get(f"{self.base}/login", timeout=30)
        self._post("/_allauth/browser/v1/auth/login", email=VETERAN.email, password=PASSWORD)

    def get(self, path: str) -> dict:
        answer = self.session.get(f"{self.base}/api/v1/{path}", timeout=30)
        answer.raise_for_status()
        return answer.json()

    def order(self, code: str) -> dict:
        product = self.get("products/?search=沙箱云服务器")["results"][0]
        skus = self.get(f"products/{product['id']}/")["skus"]
        sku = next(sku["id"] for sku in skus if sku["code"] == code)
        line = {"sku": sku, "quantity": 1, "periods": 1}
        return self._post(
            "/api/v1/orders/", quote=self._post("/api/v1/quotes/", lines=[line])["id"]
        )

    def pay(self, order: dict) -> None:
        self._post(f"/api/v1/orders/{order['id']}/pay/")

    def _post(self, path: str, **body: object) -> dict:
        headers = {
            "X-CSRFToken": self.session.cookies["csrftoken"],
            "Idempotency-Key": str(uuid.uuid4()),
            "Referer": self.base,
        }
        answer = self.session.post(f"{self.base}{path}", json=body, headers=headers, timeout=30)
        assert answer.ok, answer.text
        return answer.json()
