from scripts.screenshots import CHECKOUT, ID_SOURCES, portal_routes, stem_of


def test_knows_where_the_id_of_each_portal_page_comes_from():
    stems = {stem_of(route) for route in portal_routes()} - {""}

    assert stems == {*ID_SOURCES, CHECKOUT}
