/**
 * The journal for an assistant that the plant already trusts, by the Model Context Protocol over standard input and output: tools that read,
 * and nothing that changes anything. Loaded by `lineside mcp` alone, and only where the config has switched it on; no port is opened.
 */
import type { Readable, Writable } from 'node:stream';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { asLinesideError } from '../../errors.ts';
import type { Tool } from './tools.ts';

export interface Pipe {
  readonly input: Readable;
  readonly output: Writable;
}

/** Bytes of one answer, at most: what an assistant is given goes through its context, whole. */
const MOST_BYTES = 64 * 1024;
/** Of one message of the client; a longer one ends the session. */
const LONGEST_MESSAGE = 256 * 1024;

/** Resolves when the client has closed its end. */
export async function serveTools(tools: readonly Tool[], version: string, { input, output }: Pipe): Promise<void> {
  // The low-level class: arguments are checked by the agent's own schemas, which are JSON Schema already.
  const server = new Server(
    { name: 'lineside', version },
    { capabilities: { tools: {} }, instructions: 'What a production line made and why parts were rejected. Everything here only reads.' },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: tools.map(({ name, description, inputSchema }) => ({
      name,
      description,
      inputSchema: JSON.parse(JSON.stringify(inputSchema)),
      annotations: { readOnlyHint: true, openWorldHint: false },
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    const tool = tools.find(({ name }) => name === params.name);
    if (!tool) return said(`There is no tool ${params.name.slice(0, 80)}; there are ${tools.map(({ name }) => name).join(', ')}.`, true);
    try {
      return bounded(await tool.call(params.arguments));
    } catch (thrown) {
      const { message, next } = asLinesideError(thrown);
      return said(`${message} ${next}`, true);
    }
  });
  const ended = new Promise<void>((resolve) => {
    server.onclose = resolve;
    // The transport does not look for the end of its input.
    input.once('end', () => void server.close());
    input.once('close', () => void server.close());
  });
  await server.connect(new StdioServerTransport(input, output, { maxBufferSize: LONGEST_MESSAGE }));
  await ended;
}

const said = (text: string, isError = false) => ({ content: [{ type: 'text' as const, text }], isError });

function bounded(answer: object) {
  const text = JSON.stringify(answer);
  if (Buffer.byteLength(text) <= MOST_BYTES) return { ...said(text), structuredContent: { ...answer } };
  return said(`The answer is longer than ${MOST_BYTES / 1024} KB. Ask for fewer rows, or a shorter time.`, true);
}
