import pytest

from portal.domain.figures import share


@pytest.mark.parametrize(
    "numerator,denominator,printed",
    [
        (137, 135, "101.5%"),
        (288, 298, "96.6%"),
        (67, 69, "97.1%"),
        (1, 1, "100.0%"),
        (0, 5, "0.0%"),
        (1, 8, "12.5%"),
        (1, 2000, "0.1%"),
        (3, 2000, "0.2%"),
        (5, 0, "—"),
        (0, 0, "—"),
    ],
)
def test_a_percentage_has_one_decimal_with_halves_up_and_none_without_a_denominator(numerator, denominator, printed):
    assert share(numerator, denominator) == printed
