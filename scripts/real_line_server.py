"""The PLC of `npm run real-line`: an asyncua server that offers a part every --period ms and takes its verdict.

Nodes, namespace urn:real-line: Trigger (Boolean), Part (UInt32), Verdict (Int32), VerdictPart (UInt32). Waits for the first write of
Verdict (0: the station is ready), prints READY before and one JSON line at the end: {"triggers": n, "answers": {part: verdict}}.
"""
import argparse
import asyncio
import datetime
import json
import time

from asyncua import Server, ua


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--parts", type=int, required=True)
    parser.add_argument("--period", type=float, default=100, help="ms")
    args = parser.parse_args()

    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{args.port}/line")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    ns = await server.register_namespace("urn:real-line")
    line = await server.nodes.objects.add_object(ua.NodeId("Line", ns), "Line")
    trigger = await line.add_variable(ua.NodeId("Trigger", ns), "Trigger", False)
    part = await line.add_variable(ua.NodeId("Part", ns), "Part", 0, ua.VariantType.UInt32)
    verdict = await line.add_variable(ua.NodeId("Verdict", ns), "Verdict", -1, ua.VariantType.Int32)
    verdict_part = await line.add_variable(ua.NodeId("VerdictPart", ns), "VerdictPart", 0, ua.VariantType.UInt32)
    for node in (verdict, verdict_part):
        await node.set_writable()
    ready = asyncio.Event()
    answers: dict[int, int] = {}

    async def on_verdict(*_) -> None:
        value = await verdict.read_value()
        if value == 0:
            ready.set()
        elif value > 0:
            answers[await verdict_part.read_value()] = value
    server.iserver.aspace.add_datachange_callback(verdict.nodeid, ua.AttributeIds.Value, on_verdict)

    async def put(node, value, kind) -> None:
        now = datetime.datetime.now(datetime.timezone.utc)
        await server.write_attribute_value(node.nodeid, ua.DataValue(ua.Variant(value, kind), SourceTimestamp=now, ServerTimestamp=now))

    async with server:
        print("READY", flush=True)
        await asyncio.wait_for(ready.wait(), 120)
        due = time.perf_counter()
        for number in range(1, args.parts + 1):
            due += args.period / 1000
            await asyncio.sleep(max(0, due - time.perf_counter()))
            await put(part, number, ua.VariantType.UInt32)
            await put(trigger, True, ua.VariantType.Boolean)
            await asyncio.sleep(args.period / 2000)
            await put(trigger, False, ua.VariantType.Boolean)
        deadline = time.perf_counter() + 5
        while len(answers) < args.parts and time.perf_counter() < deadline:
            await asyncio.sleep(0.05)
        print(json.dumps({"triggers": args.parts, "answers": answers}), flush=True)


asyncio.run(main())
