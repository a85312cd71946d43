"""The topics of the events of court and pool that are mirrored, and how they are laid out.

Apart from `court_events`, which decodes them: a sync asks for these topics and, where there is no court, meets none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Layout(NamedTuple):
    """Topic 0 (hex), how many of the values are topics (the first ones), and the signature.

    The value of a name here is a class of `court_event_types`. A test holds all of it to the contracts' ABI.
    """

    topic: str
    indexed: int
    signature: str


_COURT_PARAMETERS = (
    "(uint8[3],uint16,uint16,uint32,uint32,uint32,uint32,uint32,"
    "uint96,uint96,uint96,uint96,uint96,uint96,uint96,address)"
)
COURT_EVENTS: Mapping[str, Layout] = {
    "Flagged": Layout(
        "73367d86f029b6eee80fd38e140e100dec3dab8b509d141b4e5a2ee71df294ef",
        3,
        "Flagged(uint256,bytes32,address,bytes32,bytes32,uint96,uint96,uint32,uint32,string,string)",
    ),
    "EvidenceAdded": Layout(
        "9ec80d4f9b308ace5332fb811b29bdba38eed99cb0ccee2283beec1fdfa20f27",
        3,
        "EvidenceAdded(uint256,address,bytes32,bytes32,string)",
    ),
    "Replied": Layout(
        "ca4ece94825a5f60f121d128525a7fc39a5958afd08a7fcb6841981c2751f4d3",
        3,
        "Replied(uint256,uint32,address,bytes32,uint96)",
    ),
    "SeedRequested": Layout(
        "caa4f7b9cb88968009fcdf730dbd2441a320120de1361768dd86388779b8b677",
        2,
        "SeedRequested(uint256,uint8,uint256,uint48,address)",
    ),
    "SeatDrawn": Layout(
        "2070af24d1c044f1e5c795dd8f284fe6676f7f9955d5ac5b09610ae24b6a0f39",
        3,
        "SeatDrawn(uint256,uint8,address,bool,bytes32,uint96)",
    ),
    "CommitStarted": Layout(
        "d734407a962007282de54dd354c45c5b93306974e4a26968429e8743e29f5fab",
        2,
        "CommitStarted(uint256,uint8,uint8,bytes32,uint40)",
    ),
    "Committed": Layout(
        "4aef7c29500a0201675f2636494ca4bc3ca4135280e84ef838d8ca585dcd6c32",
        3,
        "Committed(uint256,uint8,address,bytes32)",
    ),
    "Unobtainable": Layout(
        "babe257a69c857937d36b33f8facaccffde4563295949c596458c0081b07cc33",
        2,
        "Unobtainable(uint256,address,uint8)",
    ),
    "Leaked": Layout(
        "3b84bc0aad92d9b9ef95329c57f5a51951957e6cd12a76064a756552e664cc92",
        3,
        "Leaked(uint256,uint8,address,address,uint96,uint8)",
    ),
    "Revealed": Layout(
        "9a29bf03f95f12f62abca66b220d53aaf16786f5e0dc3061ab3d5e257ccc3b57",
        3,
        "Revealed(uint256,uint8,address,uint8,uint8,bytes32)",
    ),
    "Justified": Layout(
        "852b81b4e3aea88e43338b2a338a5cd1d97da11c63f5050c2e9acd65561db27b",
        3,
        "Justified(uint256,uint8,address,bytes32,string)",
    ),
    "Tallied": Layout(
        "81bb8235099faeaea673c7bc00de6694a240c665b4be9ad87e15f919ba2e71c8",
        2,
        "Tallied(uint256,uint8,uint8,uint8,uint8,uint40)",
    ),
    "AppealFunded": Layout(
        "48053a10ee77c96ea68d84b360695703e6f5265b5e322895735a9324a0389039",
        3,
        "AppealFunded(uint256,uint8,bool,address,uint96,uint96)",
    ),
    "RoundOpened": Layout(
        "e75ef45a279bcb842f400152e57eae28d75dd9e1f2f8c7b0a9a4478d88014b89",
        2,
        "RoundOpened(uint256,uint8)",
    ),
    "Finalised": Layout(
        "45083bd9db5587a6d016373d4f56ca94cea77da7828b2fb80ba37ef4ed875ea7",
        1,
        "Finalised(uint256,uint8,uint8,uint96,uint96)",
    ),
    "CaseCancelled": Layout(
        "cbb16ba89ddd72242091a6e7adfffc4d087074300edfd67579126dd4cbd1046e",
        1,
        "CaseCancelled(uint256,uint8)",
    ),
    "SeatsSettled": Layout(
        "212133e94e6ea386187b87796be04a0646749f79736cac641a83441544f398bd",
        3,
        "SeatsSettled(uint256,uint8,address,uint96,uint96)",
    ),
    "AppealClaimed": Layout(
        "2358b0f8506bbeaf31e99d1052585f0f3cd97e78bf9581e9d312a2dd44e3e75a",
        3,
        "AppealClaimed(uint256,uint8,bool,address,uint96,uint96)",
    ),
    "KeeperPaid": Layout(
        "31d529d554c09110496b9ed2f8aa21137e36177d99846e9f62b4f2e62d47c53d",
        2,
        "KeeperPaid(uint256,address,uint96)",
    ),
    "Credited": Layout(
        "3fc9d2b18c66ce525d2a37f0e85bad7e84c01f28b883f33e56e7815cd1d64cd2",
        2,
        "Credited(address,uint256,uint96)",
    ),
    "CreditWithdrawn": Layout(
        "d1c19fbcd4551a5edfb66d43d2e337c04837afda3482b42bdf569a8fccdae5fb",
        2,
        "Withdrawn(address,address,uint256)",
    ),
    "CourtParametersAdopted": Layout(
        "3e45901af602e96a82cfd17c845d6722a034111626c59deaeeed8e60a3236542",
        1,
        f"ParametersAdopted(uint32,{_COURT_PARAMETERS})",
    ),
    "PausedUntil": Layout(
        "bcf4027817f87de52b72831ad26d4fbaa73f0539745341d2123b13171a11debe",
        0,
        "PausedUntil(uint40)",
    ),
    "Unpaused": Layout(
        "a45f47fdea8a1efdd9029a5691c7f759c32b7c698632b563573e155625d16933",
        0,
        "Unpaused()",
    ),
    "Staked": Layout(
        "8dd420817736564e13da301e7e5d190b2d71c30ec6ffcb6f6fac382bb5f60721",
        1,
        "Staked(address,uint96,uint40)",
    ),
    "Joined": Layout(
        "86f1f3fda724ab1c1702e166c55c499c34e34d0d3e176ab0a61da6a00ae57efb",
        3,
        "Joined(address,bool,bytes32,uint24,bytes32,bytes32)",
    ),
    "WeightSet": Layout(
        "b80cddebc4582fe5179dd543d503015241cd7bac366476e1ff64f30006886fc9",
        2,
        "WeightSet(address,bool,uint96)",
    ),
    "Left": Layout(
        "c97a8bf3a3af557fe56cca51d77eeb41b7c07ea6f2d28390ba9d1841a0bf466d",
        1,
        "Left(address)",
    ),
    "Deactivated": Layout(
        "749cb6b4c510bc468cf6b9c2086d6f0a54d6b18e25d37bf3200e68eab0880c00",
        1,
        "Deactivated(address)",
    ),
    "Unbonding": Layout(
        "df3ac2bb08f3f30f0faf8c8c750d52ae385047551abd62cf4f51a9fd43d52bfe",
        1,
        "Unbonding(address,uint96,uint40)",
    ),
    "StakeWithdrawn": Layout(
        "6e6e54d2933c54e86384932153b0244ddd09a166888407646f12cb83392e4bc1",
        2,
        "Withdrawn(address,address,uint96)",
    ),
    "Locked": Layout(
        "e87ef84d870121e49051dda6f8d297713cb00a0c072c0d771f78ea368815009f",
        1,
        "Locked(address,uint96)",
    ),
    "LockSettled": Layout(
        "68229529e638623194287430a58becf2faeaa67751f2053b9b01c229e4f7a543",
        1,
        "Settled(address,uint96,uint96,bool)",
    ),
    "PoolParametersAdopted": Layout(
        "b42aa0db61bebaea7a6e9722100b3138bce6873346829c99b17a766781049d36",
        0,
        "ParametersAdopted((uint96,uint96,uint32,uint32,address,address))",
    ),
    "Frozen": Layout(
        "f0b01c29bc921da1948c997c2eed604437fb51ed818b302d2a2caec41013f7bf",
        1,
        "Frozen(uint48,uint96,uint96)",
    ),
}
COURT_TOPICS: Mapping[bytes, str] = {bytes.fromhex(layout.topic): name for name, layout in COURT_EVENTS.items()}
