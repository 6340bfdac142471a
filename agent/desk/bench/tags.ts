/** Tags: 3000 of them at 10 Hz through the agent's tag server and table, against a bare node-opcua client with the same subscription. */
import { type Child, startChild } from './children.ts';
import type { TagsAnswer, TagsOrder } from './tags-child.ts';

const TAGS = 3000;
const PERIOD = 100;
const SECONDS = 6;

export interface TagsRound {
  readonly lost: number;
  readonly cpuRatio: number;
  readonly blockedP99Ms: number;
}

export class TagsBench {
  private readonly plc: Child;
  private readonly ours: Child;
  private readonly bare: Child;
  private endpoint: string | undefined;

  constructor() {
    this.plc = startChild('desk/bench/plc');
    this.ours = startChild('desk/bench/tags-child', ['ours']);
    this.bare = startChild('desk/bench/tags-child', ['bare']);
  }

  async round(): Promise<TagsRound> {
    this.endpoint ??= await this.plc.ask<string>({ do: 'start', tags: TAGS });
    const { endpoint } = this;
    const run = async (child: Child) => {
      await child.ask({ do: 'connect', endpoint, tags: TAGS, period: PERIOD } satisfies TagsOrder);
      await this.plc.ask({ do: 'count', periodMs: PERIOD });
      const answer = await child.ask<TagsAnswer>({ do: 'measure', seconds: SECONDS } satisfies TagsOrder);
      await this.plc.ask({ do: 'still' });
      await child.ask({ do: 'disconnect' } satisfies TagsOrder);
      return answer;
    };
    const bare = await run(this.bare);
    const ours = await run(this.ours);
    return { lost: ours.lost, cpuRatio: ours.cpuMs / bare.cpuMs, blockedP99Ms: ours.blockedP99Ms };
  }
  async stop(): Promise<void> {
    await Promise.all([this.plc.stop(), this.ours.stop(), this.bare.stop()]);
  }
}
