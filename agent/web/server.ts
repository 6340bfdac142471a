/** /healthz, /readyz and /metrics, on localhost unless the config says otherwise. Read-only; the page comes later. */
import fastify, { type FastifyInstance } from 'fastify';
import type { Health, Log } from '../contracts.ts';
import { LinesideError, messageOf } from '../errors.ts';
import { createMetrics, type MetricsSource } from './metrics.ts';

export interface WebSource extends MetricsSource {
  health(): Promise<Health>;
  /** What is not ready yet, in words; empty when the agent judges. */
  notReady(): readonly string[];
}

export interface WebServer {
  readonly address: string;
  stop(): Promise<void>;
}

/** `listen` is host:port; port 0 takes a free one. */
export async function startWeb(listen: string, source: WebSource, log: Log): Promise<WebServer> {
  const app = fastify({ bodyLimit: 1024, requestTimeout: 5000, logger: false });
  addRoutes(app, source);
  const [host = '127.0.0.1', port = '0'] = listen.split(':');
  try {
    const address = await app.listen({ host, port: Number(port) });
    log.info({ address }, 'health and metrics are served');
    return { address, stop: () => app.close() };
  } catch (thrown) {
    throw new LinesideError('WEB_UNAVAILABLE', { listen, why: messageOf(thrown) }, { cause: thrown });
  }
}

function addRoutes(app: FastifyInstance, source: WebSource): void {
  const metrics = createMetrics(source);
  app.get('/healthz', async () => source.health());
  app.get('/readyz', async (_, reply) => {
    const waiting = source.notReady();
    return reply.code(waiting.length === 0 ? 200 : 503).send({ ready: waiting.length === 0, waiting });
  });
  app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}
