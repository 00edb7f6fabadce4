"""A real nginx in front of a review server: TLS on loopback, another host name, a path prefix."""

from __future__ import annotations

import datetime
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

from machine import need

HOST = "shenqian.localhost"
"""A name that browsers look for on this machine."""
CONFIGURATION = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port} ssl;
    server_name {host};
    ssl_certificate {folder}/cert.pem;
    ssl_certificate_key {folder}/key.pem;
    client_max_body_size 40m;
    location {root} {{
      proxy_pass http://127.0.0.1:{upstream};
      proxy_set_header Host $host:$server_port;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_read_timeout 300s;
    }}
  }}
}}
"""


def free_port() -> int:
    """Return a port of loopback that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def nginx(port: int, upstream: int, root: str) -> Iterator[str]:
    """Run nginx in front of a server until the end of the block; return the folder of its certificate."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    need("nginx", program is not None)
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="nginx-") as folder:
        write_certificate(Path(folder) / "cert.pem", Path(folder) / "key.pem", HOST)
        text = CONFIGURATION.format(folder=folder, port=port, upstream=upstream, root=root, host=HOST)
        (Path(folder) / "nginx.conf").write_text(text, encoding="ascii")
        Path(folder).chmod(0o755)
        command = [program, "-e", f"{folder}/error.log", "-p", folder, "-c", f"{folder}/nginx.conf"]
        with subprocess.Popen(command) as server:
            try:
                for _ in range(200):
                    if _answers(port):
                        break
                    time.sleep(0.05)
                yield folder
            finally:
                server.terminate()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def write_certificate(certificate: Path, key: Path, *names: str) -> None:
    """Write a self-signed certificate for names and 127.0.0.1, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    known = [*map(x509.DNSName, names), x509.IPAddress(ip_address("127.0.0.1"))]
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(known), critical=False)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
