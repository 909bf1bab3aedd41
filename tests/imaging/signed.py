"""Pictures with real content credentials, signed by a certificate that is made on the spot and that nobody trusts."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.imaging import makers

TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
NEWSCODES = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def picture(
    kind: str = "JPEG",
    source: str = "trainedAlgorithmicMedia",
    *,
    generator: str = "Dream Machine",
    ingredient: bytes = b"",
    remote: str = "",
    embed: bool = True,
) -> bytes:
    """A drawing whose manifest says how it was made. `ingredient`: a JPEG that it was made from; `remote`: where the
    manifest is said to be, too."""
    action = {"action": "c2pa.created", **({"digitalSourceType": NEWSCODES + source} if source else {})}
    manifest = {
        "claim_generator_info": [{"name": generator}],
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
    }
    out = BytesIO()
    with c2pa.Builder(json.dumps(manifest)) as builder:
        if remote:
            builder.set_remote_url(remote)
        if not embed:
            builder.set_no_embed()
        if ingredient:
            about = json.dumps({"title": "A part of it", "relationship": "componentOf"})
            builder.add_ingredient_from_stream(about, "image/jpeg", BytesIO(ingredient))
        builder.sign(signer(), TYPES[kind], BytesIO(makers.saved(makers.drawing(), kind)), out)
    return out.getvalue()


@cache
def signer() -> c2pa.Signer:
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Root", root_key, "Root", root_key, is_root=True)
    chain = _certificate("Signer", key, "Root", root_key, is_root=False) + root
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return c2pa.Signer.from_info(c2pa.C2paSignerInfo("es256", chain, secret, None))


def _certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    by: ec.EllipticCurvePrivateKey,
    *,
    is_root: bool,
) -> bytes:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
        .add_extension(_usage(is_root), critical=True)
    )
    if not is_root:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purpose, critical=False)
    return builder.sign(by, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _name(common: str) -> x509.Name:
    names = {NameOID.COMMON_NAME: common, NameOID.ORGANIZATION_NAME: "Tests"}
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in names.items()])


def _usage(is_root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_root,
        crl_sign=is_root,
        encipher_only=False,
        decipher_only=False,
    )
