"""The access token goes to nobody but the holder of a certificate for the server's name."""

from __future__ import annotations

import datetime as dt
import ssl
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from ingestor.model import Connected, Disconnected
from tests.brokers.kite_socket import KiteSocket
from tests.brokers.test_kite_feed import feed, keys, running
from tests.ingestor.daemon import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], KiteSocket]]:
    """Start a server with a certificate for a name, which this machine is made to trust."""
    servers: list[KiteSocket] = []

    def start(name: str) -> KiteSocket:
        certificate = tmp_path / "certificate.pem"
        certificate.write_bytes(self_signed(name))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        servers.append(KiteSocket(tls=tls))
        return servers[0]

    yield start
    for server in servers:
        server.stop()


def self_signed(name: str) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)


def test_a_server_with_a_trusted_certificate_of_its_name_is_connected_to(serve: Callable[[str], KiteSocket]) -> None:
    server = serve("localhost")
    kite = feed(server)
    kite.follow(keys([1]))
    with running(kite) as watch:
        until(lambda: watch.of(Connected))


@pytest.mark.parametrize("trusted", [True, False], ids=["another name", "not trusted"])
def test_no_other_server_learns_the_token(
    serve: Callable[[str], KiteSocket], monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    server = serve("kite.example" if trusted else "localhost")
    if not trusted:
        monkeypatch.delenv("SSL_CERT_FILE")
    kite = feed(server)
    kite.follow(keys([1]))
    with running(kite) as watch:
        until(lambda: watch.of(Disconnected))
    assert server.asked == 0
    if not trusted:
        assert "certificate verify failed" in watch.of(Disconnected)[0].reason
