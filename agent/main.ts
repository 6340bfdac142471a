#!/usr/bin/env node
/** Process shell: argv in, exit code out. Everything else is in cli/ and agent.ts. */
import { program } from './cli/program.ts';
import { collectLate } from './platform/heap.ts';

collectLate();

// onnxruntime carries telemetry code; a gateway has no business calling home (DESIGN: no connection that the config does not name).
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';

/** Whoever reads what is printed has seen enough (`lineside export | head`): nobody's fault. */
const isClosedPipe = (thrown: unknown) => thrown instanceof Error && 'code' in thrown && thrown.code === 'EPIPE';
process.stdout.on('error', (thrown) => {
  if (!isClosedPipe(thrown)) throw thrown;
});

await program(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (thrown: unknown) => {
    if (isClosedPipe(thrown)) return;
    process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    process.exitCode = 1;
  },
);
