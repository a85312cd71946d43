"""Put the contracts in place on any EVM network, and hold what stands there to what ships.

    python contracts/script/deploy.py --rpc URL                      look, and say what is there and what it would take
    python contracts/script/deploy.py --rpc URL --key NAME           deploy with a key of the application
    python contracts/script/deploy.py --rpc URL --signer URL --from ADDRESS    deploy with a signer outside

Everything is tried before it is sent, its most possible cost is shown, and each transaction is asked about. What was
sent is journalled in the application's home (`--home`), so that one that was interrupted is followed, not sent again.
Exit codes: 0 all contracts stand and are ours, 1 not so, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import getpass
import sys
from collections.abc import Sequence

from touchstone import paths
from touchstone.chain import contracts, deploy, keystore, networks, quantity
from touchstone.chain.agree import PinnedNode
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.http_node import HttpNode
from touchstone.chain.intent import Intent
from touchstone.chain.known_calls import DEPLOY, SET_COURT
from touchstone.chain.network import Network
from touchstone.chain.rpc_signer import RpcSigner
from touchstone.chain.send import Prepared, Sender
from touchstone.chain.signer import Signer, open_signer

ETHER = 10**18
NOBODY = "0x000000000000000000000000000000000000dEaD"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except ChainError as error:
        print(f"{error.code} {dict(error.params) or ''}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rpc", required=True, help="a node: https, or http on this computer")
    parser.add_argument("--key", help="a key of the application, by name or address")
    parser.add_argument("--signer", help="a signer outside, by its JSON-RPC address")
    parser.add_argument("--from", dest="sender", help="the account of that signer, or the one to try as")
    parser.add_argument(
        "--practice-money", action="store_true", help="the practice dollar as well, and its court (test networks)"
    )
    parser.add_argument("--home", help="where keys and the journal are")
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    return parser


def _run(options: argparse.Namespace) -> int:
    home = paths.home(options.home)
    with contextlib.closing(HttpNode(options.rpc)) as http:
        network = _network(options.rpc, http)
        node = PinnedNode(http, network, code=False)
        return _look_and_deploy(options, home, network, node, _signer(options, home))


def _look_and_deploy(
    options: argparse.Namespace, home: paths.Home, network: Network, node: PinnedNode, signer: Signer | None
) -> int:
    names = contracts.order(practice=options.practice_money)
    account = signer.address if signer else options.sender or NOBODY

    print(f"chain {network.chain_id} at {node.label}")
    for name, what in deploy.survey(node, names).items():
        print(f"  {name:18} {contracts.address(name)} {what}")
    costs = deploy.simulate(node, account, names)
    for cost in costs:
        print(f"  {cost.name:18} would take {cost.gas:,} gas, about {cost.wei / ETHER:.6f} of the network's money")
    if costs and signer is not None:
        if network.mainnet:
            print("These contracts are unaudited.")
        _deploy(home, network, node, signer, names, ask=not options.yes)
    elif costs:
        print("Nothing was sent: name a --key, or a --signer and --from.")
    deploy.verify(node, names)
    print("Every contract stands at its address, and its code is what ships.")
    return 0


def _network(url: str, node: HttpNode) -> Network:
    """The network behind a node, whatever it is called."""
    chain_id = quantity.number(node.request("eth_chainId", []), 53)
    known = {network.chain_id: network for network in networks.Networks({}).by_name.values()}
    network = known.get(chain_id) or networks.own("deployment", chain_id, (url,))
    return dataclasses.replace(network, urls=(url,), consented=True)


def _signer(options: argparse.Namespace, home: paths.Home) -> Signer | None:
    if options.signer:
        if not options.sender:
            raise ChainError(ChainTrouble.NO_KEY)
        return RpcSigner(options.signer, keystore.checksummed(options.sender))
    if options.key:
        return open_signer(keystore.find(home, options.key), ask=lambda: getpass.getpass("Password of the key: "))
    return None


def _deploy(
    home: paths.Home, network: Network, node: PinnedNode, signer: Signer, names: Sequence[str], *, ask: bool
) -> None:
    sender = Sender(home, network, [node])

    def confirm(prepared: Prepared) -> bool:
        print(f"At most {prepared.cost / ETHER:.6f} from {prepared.sender}.", end=" ", flush=True)
        if ask:
            return input("Send it? [y/N] ").strip().lower() == "y"
        print("Sent.")
        return True

    def send(name: str, to: str, data: bytes) -> None:
        print(f"{name}: ", end="", flush=True)
        joins = to == contracts.address(deploy.STEWARD)
        prepared = sender.prepare(Intent(SET_COURT if joins else DEPLOY, to, data), signer.address)
        deed = "set" if joins else "deploy"
        mined = sender.send(prepared, signer, confirm, key=f"{deed} {contracts.address(name)}")
        print(f"{name}: in block {mined.block}, {mined.gas_used:,} gas")

    try:
        deploy.deploy(node, send, names)
    finally:
        sender.close()


if __name__ == "__main__":
    sys.exit(main())
