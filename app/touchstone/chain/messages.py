"""Who signed a message as wallets sign them (EIP-191, version 0x45)."""

from __future__ import annotations


def signer_of(message: bytes, signature: bytes) -> str:
    """The checksummed address whose key made this signature over a message; "" where none did."""
    from eth_account import Account
    from eth_account.messages import encode_defunct

    if len(signature) != 65:
        return ""
    try:
        return str(Account.recover_message(encode_defunct(primitive=message), signature=signature))
    except Exception:  # noqa: BLE001 - what is no signature is refused in many ways
        return ""
