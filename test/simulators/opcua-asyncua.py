"""An OPC UA server by asyncua, which shares no code with node-opcua, with faults on demand.

One JSON object of options as the only argument; commands as JSON lines on standard input, answers as JSON lines on standard
output, the first of them {"ready": true}. test/simulators/opcua.ts is the other end, opcua-node.mjs the twin.
"""
import asyncio, datetime, json, logging, sys
from pathlib import Path

from asyncua import Server, ua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server import internal_session, internal_subscription
from asyncua.ua.uaerrors import UaStatusCodeError
from asyncua.common.connection import TransportLimits
from asyncua.common.utils import ServiceError
from cryptography.x509.oid import ExtendedKeyUsageOID

logging.basicConfig(level=logging.CRITICAL)
options = json.loads(sys.argv[1])
faults = {"mute": "none", "refuse": False, "slow_writes": 0}
newest = [0]
UTC = datetime.timezone.utc


class Users:
    def get_user(self, iserver, username=None, password=None, certificate=None):
        if faults["refuse"]:
            return None
        known = options.get("users")
        if known and (not username or known.get(username) != password):
            return None
        return User(role=UserRole.User)


publish_results = internal_subscription.InternalSubscription.publish_results
write, read = internal_session.InternalSession.write, internal_session.InternalSession.read
create_items = internal_session.InternalSession.create_monitored_items


async def muted_publish(self, *arguments):
    own = self.data.SubscriptionId
    newest[0] = max(newest[0], own)
    muted = faults["mute"] == "all" or (faults["mute"] == "newest" and own == newest[0])
    return False if muted else await publish_results(self, *arguments)


def limit(count, name):
    most = options.get("limits", {}).get(name)
    if most and count > most:
        raise ServiceError(ua.StatusCodes.BadTooManyOperations)


async def limited_write(self, params):
    if self.external:
        limit(len(params.NodesToWrite), "write")
        await asyncio.sleep(faults["slow_writes"] / 1000)
    return await write(self, params)


async def limited_read(self, params):
    if self.external:
        limit(len(params.NodesToRead), "read")
    return await read(self, params)


async def limited_items(self, params):
    limit(len(params.ItemsToCreate), "monitor")
    return await create_items(self, params)


def acknowledge(self, hello):
    """As OPC 10000-6, 7.1.2.4 has it, and open62541, Milo and .NET do: what the server receives follows from what the client sends. asyncua
    gives the client's own sizes back."""
    own = TransportLimits()
    self.max_recv_buffer = min(hello.SendBufferSize, own.max_recv_buffer)
    self.max_send_buffer = min(hello.ReceiveBufferSize, own.max_send_buffer)
    self.max_chunk_count, self.max_message_size = own.max_chunk_count, own.max_message_size
    return ua.Acknowledge(0, self.max_recv_buffer, self.max_send_buffer, self.max_message_size, self.max_chunk_count)


TransportLimits.create_acknowledge_and_set_limits = acknowledge
internal_subscription.InternalSubscription.publish_results = muted_publish
internal_session.InternalSession.write = limited_write
internal_session.InternalSession.read = limited_read
internal_session.InternalSession.create_monitored_items = limited_items

T = ua.VariantType
FROM_JSON = {
    T.DateTime: lambda v: datetime.datetime.fromisoformat(v.replace("Z", "+00:00")),
    T.ByteString: lambda v: bytes.fromhex(v),
    T.LocalizedText: lambda v: ua.LocalizedText(v),
    T.Int64: int,
    T.UInt64: int,
    T.Double: float,
    T.Float: float,
}


def from_json(kind, value):
    one = FROM_JSON.get(kind, lambda v: v)
    return [one(v) for v in value] if isinstance(value, list) else one(value)


def to_json(value):
    if isinstance(value, list):
        return [to_json(v) for v in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, ua.LocalizedText):
        return value.Text
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return str(value)
    return value


async def build():
    server = Server(user_manager=Users())
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{options['port']}/line")
    await server.set_application_uri("urn:lineside:test:asyncua")
    policies = [ua.SecurityPolicyType.NoSecurity]
    if options.get("pki"):
        pki = Path(options["pki"])
        key, cert = pki / "server.key.pem", pki / "server.der"
        await setup_self_signed_certificate(
            key, cert, "urn:lineside:test:asyncua", "127.0.0.1", [ExtendedKeyUsageOID.SERVER_AUTH], {"commonName": "press"}
        )
        await server.load_certificate(str(cert))
        await server.load_private_key(str(key))
        names = ["Basic256Sha256_Sign", "Basic256Sha256_SignAndEncrypt", "Aes256Sha256RsaPss_Sign", "Aes256Sha256RsaPss_SignAndEncrypt"]
        policies += [ua.SecurityPolicyType[name] for name in names]
    server.set_security_policy(policies)
    nodes = {}
    for uri in options["namespaces"]:
        ns = await server.register_namespace(uri)
        if uri != options["namespace"]:
            continue
        folder = await server.nodes.objects.add_object(ua.NodeId("Line", ns), ua.QualifiedName("Line", ns))
        for name, (kind, value, *declared) in options["variables"].items():
            type_ = T[kind]
            datatype = ua.NodeId(declared[0], 0) if declared else None
            node = await folder.add_variable(
                ua.NodeId(name, ns), ua.QualifiedName(name, ns), from_json(type_, value), type_, datatype
            )
            if name not in options.get("read_only", []):
                await node.set_writable()
            nodes[name] = (node, type_)
    for name, node in (("read", 11705), ("write", 11707), ("browse", 11710), ("monitor", 11714)):
        most = 0 if options.get("secretive") else options.get("limits", {}).get(name, 0)
        await server.get_node(ua.NodeId(node)).write_value(ua.Variant(most, T.UInt32))
    return server, nodes


async def put(server, node, type_, value, status=0, source=None):
    # `clock`: seconds by which the PLC's clock is wrong, or "none" for one that stamps nothing.
    clock = options.get("clock", 0)
    now = None if clock == "none" else datetime.datetime.now(UTC) + datetime.timedelta(seconds=clock)
    source = datetime.datetime.fromtimestamp(source / 1000, UTC) if source else now
    data = ua.DataValue(
        ua.Variant(from_json(type_, value), type_) if value is not None else ua.Variant(),
        ua.StatusCode(status),
        SourceTimestamp=source,
        ServerTimestamp=now,
    )
    await server.write_attribute_value(node.nodeid, data)


async def answer(server, nodes, command):
    verb = command["do"]
    if verb == "set":
        for name, value in command["values"].items():
            await put(server, *nodes[name], value, command.get("status", 0), command.get("source"))
    elif verb == "get":
        return to_json(await nodes[command["name"]][0].read_value())
    elif verb == "event":
        generator = await server.get_event_generator(ua.ObjectIds.BaseEventType)
        generator.event.Severity = command["severity"]
        for number in range(command["count"]):
            await generator.trigger(message=command["message"] if command["count"] == 1 else f"{command['message']} {number}")
    elif verb == "alarm":
        # A condition that nobody keeps: it is told once, and asyncua cannot tell it again.
        generator = await server.get_event_generator(ua.ObjectIds.AlarmConditionType)
        event = generator.event
        event.Severity, event.ConditionName, event.Retain = command["severity"], command["name"], command["active"]
        event.NodeId = ua.NodeId(command["name"], 2)
        setattr(event, "ActiveState/Id", command["active"])
        setattr(event, "AckedState/Id", command.get("acked", False))
        await generator.trigger(message=command.get("message", ""))
    elif verb == "fault":
        faults.update(command["faults"])
    elif verb == "expire":
        for session in list(server.iserver._external_sessions.values()):
            await session.close_session(True)
    elif verb == "skip":
        for subscription in server.iserver.subscription_service.subscriptions.values():
            subscription._notification_seq += command["count"]
    elif verb == "sessions":
        return len(server.iserver._external_sessions)
    elif verb == "pulse":
        return await pulse(server, nodes, command)
    elif verb == "wave":
        return await wave(server, nodes, command)
    elif verb == "watch":
        return watch(server, nodes, command)
    elif verb == "offer":
        lines[command["trigger"]] = asyncio.ensure_future(offer(server, nodes, command))
    elif verb == "halt":
        lines.pop(command["trigger"]).cancel()


lines = {}
# Seconds between two looks at the own loop, and ms by which one has to be late to count.
BEAT, STANDSTILL = 0.02, 50


def say(what):
    print(json.dumps(what), flush=True)


def now():
    return datetime.datetime.now(UTC).timestamp() * 1000


def watch(server, nodes, command):
    """Says of every write of the tag `name` what it was, with the value that the tag `beside` had then."""
    (node, _), (beside, _) = nodes[command["name"]], nodes[command.get("beside", command["name"])]

    async def written(_, value):
        at = now()
        say({"said": "written", "name": command["name"], "value": to_json(value.Value.Value), "beside": to_json(await beside.read_value()), "at": at})

    server.iserver.aspace.add_datachange_callback(node.nodeid, ua.AttributeIds.Value, written)


async def offer(server, nodes, command):
    """The program of a PLC: counts `count` parts up from `first`, one each `every` ms, and raises the trigger for each."""
    counter, trigger = nodes[command["counter"]], nodes[command["trigger"]]
    loop = asyncio.get_running_loop()
    due = loop.time()
    for number in range(command["first"], command["first"] + command["count"]):
        if command.get("serial"):
            await put(server, *nodes[command["serial"]], f"S{number:07d}")
        await put(server, *counter, number)
        say({"said": "offered", "name": command["trigger"], "value": number, "at": now()})
        await put(server, *trigger, True)
        await asyncio.sleep(command["every"] / 2000)
        await put(server, *trigger, False)
        due += command["every"] / 1000
        await asyncio.sleep(max(command["every"] / 4000, due - loop.time()))
    say({"said": "done", "name": command["trigger"], "value": command["first"] + command["count"] - 1, "at": now()})


async def pulse(server, nodes, command):
    """Counts up a tag `count` times, one each `every` ms, and tells when each was set (ms since the epoch)."""
    node, type_ = nodes[command["name"]]
    at = []
    for k in range(command["count"]):
        await asyncio.sleep(command["every"] / 1000)
        at.append(datetime.datetime.now(UTC).timestamp() * 1000)
        await put(server, node, type_, k + 1)
    return at


async def wave(server, nodes, command):
    """Changes all tags `prefix`0 … `prefix`n-1 together, `hz` times a second, `rounds` times."""
    chosen = [nodes[f"{command['prefix']}{k}"] for k in range(command["count"])]
    loop = asyncio.get_running_loop()
    due = loop.time()
    for k in range(command["rounds"]):
        for node, type_ in chosen:
            await put(server, node, type_, k + 1)
        due += 1 / command["hz"]
        await asyncio.sleep(max(0, due - loop.time()))
    return command["rounds"]


async def watch_itself():
    """Says when this server stood still: what it was told meanwhile it hears only afterwards."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + BEAT
        await asyncio.sleep(BEAT)
        late = (loop.time() - due) * 1000
        if late > STANDSTILL:
            say({"said": "stood still", "name": "server", "value": late, "at": now()})


async def main():
    server, nodes = await build()
    reader = asyncio.StreamReader(limit=2**24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with server:
        print(json.dumps({"ready": True}), flush=True)
        lines["itself"] = asyncio.ensure_future(watch_itself())

        async def handle(command):
            try:
                reply = {"id": command["id"], "value": await answer(server, nodes, command)}
            except Exception as problem:
                reply = {"id": command["id"], "error": repr(problem)}
            print(json.dumps(reply), flush=True)

        while line := await reader.readline():
            command = json.loads(line)
            if command["do"] == "stop":
                break
            asyncio.ensure_future(handle(command))


asyncio.run(main())
