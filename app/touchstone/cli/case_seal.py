"""`touchstone case seal|recover`: seal a vote, and bring one back from its key."""

from __future__ import annotations

import argparse
import json

from touchstone.cli import acting, case_shared, confirm, votes_shared
from touchstone.paths import Home
from touchstone.texts import _, votes


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare these actions."""
    seal = actions.add_parser("seal", help=_("seal your vote: nobody can read it until it is opened"))
    case_shared.add_number(seal)
    seal.add_argument(
        "--vote", required=True, choices=votes_shared.BALLOTS, metavar="V", help=", ".join(votes_shared.BALLOTS)
    )
    _by_itself(seal)
    votes_shared.add_signing(seal)
    recover = actions.add_parser("recover", help=_("bring back from your key what you sealed"))
    case_shared.add_number(recover)
    _by_itself(recover)
    votes_shared.add_signing(recover)


def _by_itself(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--by-itself", action="store_true", help=_("it may be opened in time by this computer, without your key")
    )


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    work = {"seal": _seal, "recover": _recover}[arguments.action]
    return votes_shared.guarded(lambda: work(arguments, home))


def _seal(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.chain.signer import KeystoreSigner
    from touchstone.court import voting
    from touchstone.court.vault import Vault

    vault = Vault(home)
    try:
        with acting.acting(arguments, home) as key:
            votes_shared.tell_clock(key)
            if not isinstance(key.signer, KeystoreSigner):
                confirm.say(votes.signs_twice())
            made = voting.seal(
                key.nodes,
                key.network,
                key.signer,
                vault,
                arguments.case,
                votes_shared.ballot(arguments.vote),
                by_itself=arguments.by_itself,
            )
            mined = votes_shared.send(key, made.intent, made.window, made.key)
    finally:
        vault.close()
    if arguments.json:
        told = {
            "case": made.kept.case,
            "round": made.kept.round + 1,
            "account": made.kept.voter,
            "vote": arguments.vote,
        }
        how = {"by_itself": made.kept.by_itself, "in_vault_alone": made.only_here, "again": made.again}
        print(json.dumps({**told, **how, "transaction": votes_shared.transaction(mined)}, indent=2))
        return 0
    print("\n".join(votes.sealed(made.kept)))
    return 0


def _recover(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.court import rewards, voting
    from touchstone.court.vault import Vault

    vault = Vault(home)
    try:
        with acting.acting(arguments, home) as key:
            kept = voting.recover(
                key.nodes, key.network, key.signer, vault, arguments.case, by_itself=arguments.by_itself
            )
            vote = rewards.code(vault.open(kept).ballot)
    finally:
        vault.close()
    if arguments.json:
        told = {"case": kept.case, "round": kept.round + 1, "account": kept.voter, "vote": vote}
        print(json.dumps({**told, "by_itself": kept.by_itself}, indent=2))
        return 0
    print(votes.recovered(kept, vote))
    confirm.say(_("Open it in time: touchstone case open {case}").format(case=kept.case))
    return 0
