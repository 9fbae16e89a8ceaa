"""Who lives in the world of the browser tests. All have the password of the demo."""

from typing import NamedTuple


class Company(NamedTuple):
    """A customer, and how its portal user signs in."""

    name: str
    email: str
    phone: str
    tenant: str = "platform"
    cash: str = ""


BOSS = "boss@kboss.example"
MANAGER, FINANCE = "sales-manager@kboss.example", "finance@kboss.example"
OPERATIONS = "operations@kboss.example"
EASTERN_SELLER = "east@channel.example"

# Has an order, a server, money and a bill.
VETERAN = Company("观澜数据有限公司", "it@guanlan.example", "+8613700000001", cash="5000.00")
# Has less than most things cost.
MODEST = Company("小池软件有限公司", "it@xiaochi.example", "+8613700000002", cash="50.00")
# Buys from the distributor in the east.
EASTERN = Company("东篱科技有限公司", "it@dongli.example", "+8613700000003", tenant="east")
# Somebody guesses at its password.
GUESSED = Company("守拙网络有限公司", "it@shouzhuo.example", "+8613700000004")
# Is given credit; nobody else counts its money.
TRUSTED = Company("信远设备有限公司", "it@xinyuan.example", "+8613700000005", cash="10.00")
# Has a voucher, and money for two servers.
THRIFTY = Company("知俭电子有限公司", "it@zhijian.example", "+8613700000006", cash="500.00")
# Waits for a sale; prices are made and changed for what it buys, and nobody else does.
PATIENT = Company("候鸟软件有限公司", "it@houniao.example", "+8613700000007", cash="1000.00")
EVERYBODY = (VETERAN, MODEST, EASTERN, GUESSED, TRUSTED, THRIFTY, PATIENT)
