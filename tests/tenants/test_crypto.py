"""The national algorithms against the vectors of their standards."""

import pytest

from tenants import crypto

KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")


def test_sm3_gbt_32905_2016_appendix_a():
    assert crypto.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert crypto.sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_hmac_sm3_gmt_0042_2015_appendix_d():
    text = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq" * 2
    assert crypto.hmac_sm3(bytes(range(1, 33)), text).hex() == (
        "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a"
    )
    assert crypto.hmac_sm3(bytes(range(1, 38)), b"\xcd" * 50).hex() == (
        "220bf579ded555393f0159f66c99877822a3ecf610d1552154b41d44b94db3ae"
    )


def test_sm4_gcm_rfc_8998_appendix_a_1():
    nonce = bytes.fromhex("00001234567800000000ABCD")
    associated = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    plain = b"".join(bytes([byte]) * 8 for byte in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
    body, tag = crypto.sm4_gcm(KEY, nonce, plain, associated)
    assert body.hex().upper() == (
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
    )
    assert tag.hex().upper() == "83DE3541E4C2B58177E065A9BF7B62EC"
    assert crypto.unseal(KEY, nonce + body + tag, bound_to=associated) == plain


def test_sm4_block_gbt_32907_2016_appendix_a():
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    block = Cipher(algorithms.SM4(KEY), modes.ECB()).encryptor()
    assert block.update(KEY).hex() == "681edf34d206965e86b3e94f536e4246"


def test_every_changed_bit_is_noticed():
    sealed = crypto.seal(KEY, b"13800000000", bound_to=b"here")
    assert crypto.unseal(KEY, sealed, bound_to=b"here") == b"13800000000"
    for position in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(crypto.Unreadable):
            crypto.unseal(KEY, bytes(changed), bound_to=b"here")
    with pytest.raises(crypto.Unreadable):
        crypto.unseal(KEY, sealed, bound_to=b"there")
    with pytest.raises(crypto.Unreadable):
        crypto.unseal(crypto.new_key(), sealed, bound_to=b"here")
    with pytest.raises(crypto.Unreadable):
        crypto.unseal(KEY, b"", bound_to=b"here")


def test_the_same_text_is_never_sealed_the_same_way_twice():
    assert len({crypto.seal(KEY, b"13800000000", bound_to=b"") for _ in range(500)}) == 500


def test_keys_of_different_purposes_differ():
    assert len({crypto.derived_key(KEY, purpose) for purpose in ("wrap", "mac", "index")}) == 3
