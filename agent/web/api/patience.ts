/** Routes whose work takes longer than a connection may be silent: it is bounded by itself, and whoever waits for it is answered. */
import type { FastifyRequest } from 'fastify';
import { type Milliseconds, Minutes } from '../../time.ts';

/** Four configs that wait for each other, each read in a process of its own on a box that judges first. */
const WORKS_FOR: Milliseconds = Minutes(2);

/** Before the handler: the request is here, so that it is no silent one that is kept. With the next one the connection has its usual bound again. */
export const patiently = {
  preHandler: async ({ raw }: FastifyRequest): Promise<void> => {
    raw.socket.setTimeout(WORKS_FOR);
  },
};
