"""Names and what they resolve to: checked once, kept, and never asked again behind one's back."""

import asyncio
import socket
from dataclasses import replace

import pytest

from pipeline.pictures.resize import is_image
from pipeline.web.addresses import Gate
from pipeline.web.downloads import Downloader, Policy
from pipeline.web.resolver import Resolver, System, UnresolvedError
from tests.attacks.server import PNG, serving


class Names:
    """Stands in for getaddrinfo: gives each name's answers in turn, the last one for ever."""

    def __init__(self, **answers):
        self.answers = {name.replace("_", "."): list(each) for name, each in answers.items()}
        self.asked = []

    def __call__(self, host, port, **options):
        self.asked.append(host)
        answers = self.answers[host.removesuffix(".")]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, int):
            raise socket.gaierror(answer, "no")
        return [
            (socket.AF_INET6 if ":" in ip else socket.AF_INET, 1, 6, "", (ip, 0))
            for ip in answer.split()
        ]


def resolved(names, host, allow=(), times=1):
    async def ask():
        resolver = Resolver(Gate(allow), 1.0, System(names))
        try:
            return [await resolver.addresses(host) for _ in range(times)][-1]
        finally:
            await resolver.close()

    return asyncio.run(ask())


@pytest.mark.parametrize(
    "answer, reason, temporary",
    [
        ("127.0.0.1", "private_address", False),
        ("10.0.0.1 ::1", "private_address", False),
        ("::ffff:192.168.0.1", "private_address", False),
        ("fe80::1%eth0", "private_address", False),
        ("fd00:ec2::254", "private_address", False),
        ("", "dns", False),
        (socket.EAI_NONAME, "dns", False),
        (socket.EAI_AGAIN, "dns", True),
    ],
)
def test_names_without_a_public_address(answer, reason, temporary):
    with pytest.raises(UnresolvedError) as error:
        resolved(Names(a_example=[answer]), "a.example")
    assert (error.value.reason, error.value.temporary) == (reason, temporary)


def test_only_public_addresses_are_left():
    found = resolved(Names(a_example=["10.0.0.1 8.8.8.8 ::1"]), "a.example")
    assert found == [("8.8.8.8", socket.AF_INET)]


def test_a_name_that_changes_its_mind_is_not_asked_again():
    names = Names(a_example=["8.8.8.8", "127.0.0.1"])
    assert resolved(names, "a.example", times=3) == [("8.8.8.8", socket.AF_INET)]
    assert names.asked == ["a.example."]


def test_the_user_may_open_a_name():
    assert resolved(Names(a_corp=["10.0.0.1"]), "a.corp", allow=["a.corp"])
    assert resolved(Names(a_example=["10.0.0.1"]), "a.example", allow=["10.0.0.0/8"])


def answers(names, *links, **policy):
    async def ask():
        given = []
        async with Downloader(replace(POLICY, **policy), is_image, names) as downloader:
            gate = Gate(policy.get("allow", POLICY.allow))
            for link in links:
                async with downloader.get(gate.target(link)) as answer:
                    given.append((answer.dropped, answer.attempts, answer.body))
        return given

    return asyncio.run(ask())


POLICY = Policy(connect_s=0.5, total_s=2.0, max_bytes=1 << 20, honours=())


@pytest.mark.parametrize(
    "given, allow, dropped, attempts",
    [
        (["127.0.0.1"], (), "private_address", 1),
        (["127.0.0.1", "10.0.0.1"], ("127.0.0.1/32",), None, 1),
        (["127.0.0.1"], ("a.example",), None, 1),
        ([socket.EAI_NONAME], (), "dns", 1),
        ([socket.EAI_AGAIN], (), "dns", 2),
        ([socket.EAI_AGAIN, "127.0.0.1"], ("127.0.0.1/32",), None, 2),
    ],
)
def test_downloads_by_name(given, allow, dropped, attempts):
    with serving() as server:
        link = f"http://a.example:{server.port}/ok"
        (end,) = answers(Names(a_example=given), link, allow=allow)
    assert end == (dropped, attempts, None if dropped else PNG)


def test_a_redirect_to_a_name_inside_is_refused():
    names = Names(a_example=["127.0.0.1"], b_example=["10.0.0.1"])
    with serving() as server:
        link = f"http://a.example:{server.port}/to/http://b.example/secret.png"
        (end,) = answers(names, link, allow=("127.0.0.1/32",))
    assert end == ("private_address", 2, None)
