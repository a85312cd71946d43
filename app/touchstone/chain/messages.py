"""Who signed a message as wallets sign them (EIP-191, version 0x45)."""

from __future__ import annotations

from touchstone.chain.eth_libraries import account


def signer_of(message: bytes, signature: bytes) -> str:
    """The checksummed address whose key made this signature over a message; "" where none did."""
    recover = account().recover_message
    from eth_account.messages import encode_defunct

    if len(signature) != 65:
        return ""
    try:
        return str(recover(encode_defunct(primitive=message), signature=signature))
    except Exception:  # noqa: BLE001 - what is no signature is refused in many ways
        return ""
