"""Stock: ten units make ten buyers happy, whoever comes at once (reliability R2)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, connections, transaction

from apps.core.errors import Forbidden, IllegalTransition
from apps.core.retry import retry_txn
from apps.products.enums import ReservationStatus
from apps.products.errors import (
    OutOfStock,
    ProductIsNotYours,
    ReservationKeyWasUsed,
    StockIsOutOfRange,
)
from apps.products.models import StockReservation
from apps.products.services import commit_stock, release_stock, reserve_stock, set_stock
from tests.factories.products import ProductFactory, SkuFactory, StockReservationFactory
from tests.support.threads import at_once

BUYERS, STOCK, REPEATS = 64, 10, 50


def left(sku):
    sku.refresh_from_db()
    return sku.stock


@pytest.mark.django_db
class TestReserve:
    def test_takes_the_units(self):
        sku = SkuFactory(stock=5)

        reservation = reserve_stock(sku=sku, quantity=2, key="a")

        assert (left(sku), reservation.status) == (3, ReservationStatus.RESERVED)

    def test_the_same_key_takes_them_once(self):
        sku = SkuFactory(stock=5)

        first = reserve_stock(sku=sku, quantity=2, key="a")

        assert reserve_stock(sku=sku, quantity=2, key="a") == first
        assert left(sku) == 3

    def test_refuses_more_than_is_left(self):
        sku = SkuFactory(stock=1)

        with pytest.raises(OutOfStock):
            reserve_stock(sku=sku, quantity=2, key="a")

        assert (left(sku), StockReservation.objects.count()) == (1, 0)

    def test_an_unlimited_sku_never_runs_out(self):
        sku = SkuFactory(stock=None)

        reservation = reserve_stock(sku=sku, quantity=1000, key="a")
        release_stock(key="a")

        assert (left(sku), reservation.is_counted) == (None, False)

    @pytest.mark.parametrize("wrong", ["quantity", "sku", "released"])
    def test_refuses_a_key_that_stands_for_something_else(self, wrong):
        sku = SkuFactory(stock=5)
        reserve_stock(sku=sku, quantity=2, key="a")
        if wrong == "released":
            release_stock(key="a")
        before = left(sku)

        with pytest.raises(ReservationKeyWasUsed):
            reserve_stock(
                sku=SkuFactory(stock=5) if wrong == "sku" else sku,
                quantity=3 if wrong == "quantity" else 2,
                key="a",
            )

        assert left(sku) == before

    def test_keys_are_exact(self):
        sku = SkuFactory(stock=10)

        for key in ("abc", "ABC", "abc ", "äbc"):
            reserve_stock(sku=sku, quantity=1, key=key)

        assert left(sku) == 6


@pytest.mark.django_db
class TestSettle:
    def test_release_puts_back_once(self):
        sku = SkuFactory(stock=5)
        reserve_stock(sku=sku, quantity=2, key="a")

        release_stock(key="a")
        held = release_stock(key="a")

        assert (left(sku), held.status) == (5, ReservationStatus.RELEASED)

    def test_commit_sells_once(self):
        sku = SkuFactory(stock=5)
        reserve_stock(sku=sku, quantity=2, key="a")

        commit_stock(key="a")
        sold = commit_stock(key="a")

        assert (left(sku), sold.status) == (3, ReservationStatus.COMMITTED)

    def test_what_is_sold_is_not_put_back(self):
        sku = SkuFactory(stock=5)
        reserve_stock(sku=sku, quantity=2, key="a")
        commit_stock(key="a")

        with pytest.raises(IllegalTransition):
            release_stock(key="a")

        assert left(sku) == 3

    def test_release_of_nothing_is_nothing(self):
        assert release_stock(key="never") is None

    @pytest.mark.sqlite
    def test_database_refuses_empty_reservations(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            StockReservationFactory(quantity=0)


@pytest.mark.django_db
class TestSet:
    def test_sets_and_lifts_the_limit(self, platform, boss, now):
        sku = SkuFactory(product=ProductFactory(tenant=platform), stock=5)

        set_stock(sku=sku, stock=0, actor=boss, now=now)
        assert left(sku) == 0
        set_stock(sku=sku, stock=None, actor=boss, now=now)
        assert left(sku) is None

    @pytest.mark.parametrize(
        ("actor", "stock", "error"),
        [
            ("boss", -1, StockIsOutOfRange),
            ("clerk", 9, Forbidden),
            ("rival_boss", 9, ProductIsNotYours),
        ],
    )
    def test_refuses(self, actor, stock, error, platform, now, request):
        sku = SkuFactory(product=ProductFactory(tenant=platform), stock=5)

        with pytest.raises(error):
            set_stock(sku=sku, stock=stock, actor=request.getfixturevalue(actor), now=now)

        assert left(sku) == 5


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestRush:
    def rush(self, buy, buyers=BUYERS):
        """So many at one moment; the errors they got."""
        start = threading.Barrier(buyers)

        def one(number):
            try:
                start.wait()
                retry_txn(buy)(number)
            except (OutOfStock, ReservationKeyWasUsed) as refusal:
                return type(refusal)
            finally:
                connection.close()
            return None

        with ThreadPoolExecutor(buyers) as pool:
            return list(pool.map(one, range(buyers)))

    def test_64_buyers_get_exactly_the_10_there_are(self):
        skus = [SkuFactory(stock=STOCK) for _ in range(REPEATS)]

        for sku in skus:
            answers = self.rush(
                lambda number, sku=sku: reserve_stock(
                    sku=sku, quantity=1, key=f"rush:{sku.pk}:{number}"
                )
            )

            assert (answers.count(None), answers.count(OutOfStock)) == (STOCK, BUYERS - STOCK)
            assert left(sku) == 0
            assert sku.reservations.count() == STOCK

    def test_64_equal_keys_take_once(self):
        sku = SkuFactory(stock=STOCK)

        answers = self.rush(lambda _: reserve_stock(sku=sku, quantity=3, key="one"))

        assert answers == [None] * BUYERS
        assert (left(sku), sku.reservations.count()) == (7, 1)

    def test_64_releases_put_back_once(self):
        sku = SkuFactory(stock=STOCK)
        reserve_stock(sku=sku, quantity=3, key="one")

        self.rush(lambda _: release_stock(key="one"))

        assert left(sku) == STOCK


@pytest.mark.django_db(transaction=True)
class TestUnlimited:
    def test_buyers_do_not_wait_for_each_other(self):
        """The row of a SKU that everybody buys is held by nobody."""
        sku = SkuFactory(stock=None)
        has_reserved, may_end = threading.Event(), threading.Event()

        def slow() -> None:
            with transaction.atomic():
                reserve_stock(sku=sku, quantity=1, key="slow")
                has_reserved.set()
                may_end.wait(20)
            connections.close_all()

        thread = threading.Thread(target=slow)
        thread.start()
        try:
            assert has_reserved.wait(20)
            with connection.cursor() as cursor:
                cursor.execute("SET innodb_lock_wait_timeout = 1")
            held = reserve_stock(sku=sku, quantity=1, key="quick")
        finally:
            may_end.set()
            thread.join()
            connection.close()

        assert (held.key, held.is_counted) == ("quick", False)
        assert StockReservation.objects.count() == 2

    def test_one_key_takes_once_whoever_comes_at_the_same_time(self):
        sku = SkuFactory(stock=None)

        held = at_once(4, lambda _: reserve_stock(sku=sku, quantity=1, key="same"))

        assert len({getattr(one, "pk", one) for one in held}) == 1
        assert StockReservation.objects.count() == 1
