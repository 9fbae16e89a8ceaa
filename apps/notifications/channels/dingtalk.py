"""Work notices through the tenant's DingTalk application."""

from apps.notifications.dingtalk.client import Credentials, DingtalkClient
from apps.notifications.dingtalk.errors import DingtalkIsBusy, DingtalkIsSilent, DingtalkRefused
from apps.notifications.errors import MessageWasRefused, ProviderIsBusy, ProviderIsSilent
from apps.notifications.models import DingtalkUser
from apps.rbac.models import User


class WorkNotices:
    """The notifications' port: one person, one work notice with a link to the record."""

    def reaches(self, *, user: User) -> bool:
        """Whether we know the person at DingTalk, and that DingTalk is switched on."""
        return DingtalkUser.objects.filter(user=user, settings__is_active=True).exists()

    def send(self, *, user_id: int, subject: str, text: str, link: str, key: str) -> str:
        """
        DingTalk's task id.

        :raises MessageWasRefused: it will never take it
        :raises ProviderIsBusy: nothing was sent
        :raises ProviderIsSilent: it may have been sent
        """
        person = (
            DingtalkUser.objects.filter(user_id=user_id, settings__is_active=True)
            .select_related("settings")
            .first()
        )
        if person is None:
            raise MessageWasRefused(provider_code="no DingTalk id")
        client = DingtalkClient(
            Credentials(
                app_key=person.settings.app_key,
                app_secret=person.settings.app_secret,
                agent_id=person.settings.agent_id,
            )
        )
        try:
            return client.send_work_notice([person.userid], title=subject, text=text, url=link)
        except DingtalkRefused as error:
            raise MessageWasRefused(provider_code=error.provider_code) from None
        except DingtalkIsBusy:
            raise ProviderIsBusy from None
        except DingtalkIsSilent:
            raise ProviderIsSilent from None
