#!/usr/bin/env python3
"""A mail server that keeps what it gets: mail_receiver.py FILE [options]

    --starttls PEM      nothing is taken before STARTTLS; PEM holds key and certificate
    --tls PEM           the same from the beginning of a connection
    --login USER:WORD   nothing is taken without this login
    --refuse ADDRESS    nobody has this address: 550

It listens on 127.0.0.1 and says where on its first line: port 12345. To FILE it appends an object in
JSON a line for each message: `from`, `to`, `encrypted`, `login`, `subject`, `id`, `text`, `html`. While
FILE.answer is there, it answers a message with what stands in it, such as `451 later`, and the message
has a `refused`. A file FILE.hang makes it silent instead.
"""

import argparse
import asyncio
import email
import email.policy
import json
import ssl
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, options):
        self.options = options

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address == self.options.refuse:
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        while self.beside("hang").exists():
            await asyncio.sleep(0.05)
        answer = self.beside("answer")
        refused = answer.read_text() if answer.exists() else None
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        bodies = {kind: message.get_body((kind,)) for kind in ("plain", "html")}
        kept = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "encrypted": session.ssl is not None or self.options.tls is not None,
            "login": session.auth_data,
            "subject": message["subject"],
            "id": message["message-id"],
            "text": bodies["plain"].get_content(),
            "html": bodies["html"].get_content(),
            "refused": refused,
        }
        with open(self.options.file, "a") as file:
            file.write(json.dumps(kept) + "\n")
        return refused or "250 taken"

    def beside(self, ending):
        return self.options.file.with_name(f"{self.options.file.name}.{ending}")


def authenticator(expected):
    def check(server, session, envelope, mechanism, data):
        given = f"{data.login.decode()}:{data.password.decode()}"
        return AuthResult(success=given == expected, handled=False, auth_data=data.login.decode())

    return check


def context(pem):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    for name in ("--starttls", "--tls", "--login", "--refuse"):
        parser.add_argument(name)
    options = parser.parse_args()
    more = {}
    if options.starttls:
        more |= {"tls_context": context(options.starttls), "require_starttls": True}
    if options.login:
        more |= {
            "authenticator": authenticator(options.login),
            "auth_required": True,
            # Where the whole connection is encrypted, it does not know that it is.
            "auth_require_tls": options.starttls is not None,
        }
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Handler(options), hostname="mail.test", loop=loop, **more),
        "127.0.0.1",
        0,
        ssl=context(options.tls) if options.tls else None,
    )
    print(f"port {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


asyncio.run(main())
