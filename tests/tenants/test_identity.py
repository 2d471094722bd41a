"""National formats: 公民身份号码 (GB 11643-1999), mobile numbers, telephones of Hangzhou."""

from datetime import date

import pytest

from tenants.identity import born_on, citizen_id, masked_citizen_id, masked_name, masked_telephone, telephone

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("11010519491231002X", "11010519491231002X"),  # the example of GB 11643
        ("440524188001010014", None),  # the other one of GB 11643: born 1880
        ("11010519491231002x", "11010519491231002X"),
        (" 110105 19491231 002X ", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("110105194912310021", None),  # check digit
        ("110105194913310021", None),  # month 13
        ("110105202702300020", None),  # 30 February
        ("991051949123100 2X", None),
        ("99010519491231002X", None),  # no province 99
        ("1101054912310", None),
        ("", None),
    ],
)
def test_citizen_id(given, number):
    if number is None:
        with pytest.raises(ValueError, match="公民身份号码") as refused:
            citizen_id(given, today=TODAY)
        assert given.strip()[:6] not in str(refused.value) or not given.strip()
    else:
        assert citizen_id(given, today=TODAY) == number
        assert born_on(number) == date(1949, 12, 31)


def _with_check(first_17: str) -> str:
    weights = [2 ** (17 - position) % 11 for position in range(17)]  # the formula of GB 11643, not its table
    return first_17 + "10X98765432"[sum(w * int(d) for w, d in zip(weights, first_17, strict=True)) % 11]


def test_people_registered_in_a_district_that_is_gone_are_accepted():
    for district in ("330103", "330104", "330125"):  # 下城, 江干, 余杭 as a county
        assert citizen_id(_with_check(f"{district}19600101123"), today=TODAY)


def test_every_single_wrong_digit_is_noticed():
    number = _with_check("33010519800229001"[:6] + "19800229" + "001")
    for position in range(17):
        for digit in "0123456789":
            wrong = number[:position] + digit + number[position + 1 :]
            if wrong != number:
                with pytest.raises(ValueError, match="公民身份号码"):
                    citizen_id(wrong, today=TODAY)


def test_nobody_is_born_tomorrow():
    assert citizen_id(_with_check("33010520261122001"), today=TODAY)
    with pytest.raises(ValueError, match="出生日期"):
        citizen_id(_with_check("33010520261123001"), today=TODAY)


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("13812345678", "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("+86 138-1234-5678", "13812345678"),
        ("19912345678", "19912345678"),
        ("12812345678", None),
        ("1381234567", None),
        ("138123456789", None),
        ("0571-88001234", "0571-88001234"),
        ("(0571) 88001234", "0571-88001234"),
        ("057188001234", "0571-88001234"),
        ("88001234", "0571-88001234"),
        ("0571-8800123", None),
        ("0571-18001234", None),
        ("021-88001234", None),
        ("一三八", None),
        ("", None),
    ],
)
def test_telephone(given, number):
    if number is None:
        with pytest.raises(ValueError, match="手机号"):
            telephone(given)
    else:
        assert telephone(given) == number


def test_masks_hide_the_middle():
    assert masked_telephone("13812345678") == "138****5678"
    assert masked_telephone("0571-88001234") == "0571-88****34"
    assert masked_citizen_id("11010519491231002X") == "110105********002X"
    assert masked_name("欧阳修") == "欧**"
