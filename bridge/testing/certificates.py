"""Certificates for tests: an authority made on the spot, and what it signs."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


@frozen
class ServerFiles:
    """A server's certificate and key, as it reads them."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


class Authority:
    """Signs for servers; clients that read ``file`` trust it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        own = _builder(self._name, self._name, self._key, (_DAY, _DAY)).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.file = folder / "authority.pem"
        self.file.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(_PEM))

    def sign(self, host: str, *, ages: tuple[timedelta, timedelta] = (_DAY, _DAY)) -> ServerFiles:
        """Certify a name or address; ``ages`` are how long ago it began and how long it is still good."""
        key = ec.generate_private_key(ec.SECP256R1())
        return self._write(host, _for_host(host, self._name, key, ages), key, signed_with=self._key)

    def self_signed(self, host: str) -> ServerFiles:
        """A server that vouches for itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        return self._write(f"self-{host}", _for_host(host, None, key, (_DAY, _DAY)), key, signed_with=key)

    def _write(
        self,
        name: str,
        builder: x509.CertificateBuilder,
        key: ec.EllipticCurvePrivateKey,
        *,
        signed_with: ec.EllipticCurvePrivateKey,
    ) -> ServerFiles:
        files = ServerFiles(self._folder / f"{name}.crt", self._folder / f"{name}.key")
        files.certificate.write_bytes(builder.sign(signed_with, hashes.SHA256()).public_bytes(_PEM))
        files.key.write_bytes(
            key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        return files


_PEM = serialization.Encoding.PEM


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    ages: tuple[timedelta, timedelta],
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - ages[0])
        .not_valid_after(now + ages[1])
    )


def _for_host(
    host: str, issuer: x509.Name | None, key: ec.EllipticCurvePrivateKey, ages: tuple[timedelta, timedelta]
) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    try:
        name: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        name = x509.DNSName(host)
    builder = _builder(subject, issuer or subject, key, ages)
    return builder.add_extension(x509.SubjectAlternativeName([name]), critical=False)
