/** What MQTT commands do. Each answers with what it did, or throws COMMAND_REFUSED with the reason. */
import type { ChartVerb, Command, WrittenNote } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import type { Station } from '../stations/station.ts';
import type { ChartWish } from './charts/desk.ts';
import type { MaterialDesk } from './logistics/material-desk.ts';
import type { RoutesDesk } from './logistics/routes-desk.ts';
import type { ToolsDesk } from './logistics/tools-desk.ts';
import type { NoteWish } from './notes.ts';
import type { PlanningDesk } from './planning/desk.ts';
import type { StudyVerb, StudyWish } from './studies.ts';

export interface Commandable {
  readonly stations: ReadonlyMap<string, Station>;
  readonly planning: Pick<PlanningDesk, 'order' | 'answer'>;
  readonly routes: Pick<RoutesDesk, 'command'>;
  readonly material: Pick<MaterialDesk, 'change'>;
  readonly tools: Pick<ToolsDesk, 'change'>;
  /** `who` did it, as far as the way in tells. */
  changeChart(verb: ChartVerb, wish: ChartWish, who: string): Promise<Readonly<Record<string, unknown>>>;
  /** What is asked for then; `who` is kept with the study. Throws COMMAND_REFUSED. */
  study(station: Station, verb: StudyVerb, wish: StudyWish): Readonly<Record<string, unknown>>;
  rebirth(): void;
  reload(): Promise<Readonly<Record<string, unknown>>>;
  /** Rejects with NOTE_UNFIT. */
  note(wish: NoteWish, from: string | null): Promise<Pick<WrittenNote, 'id'>>;
}

export async function handleCommand(agent: Commandable, { verb, body, from }: Command): Promise<Readonly<Record<string, unknown>>> {
  const text = (key: string) => (typeof body[key] === 'string' ? body[key] : undefined);
  const station = () => {
    const found = agent.stations.get(text('station') ?? '');
    if (!found) throw new LinesideError('COMMAND_REFUSED', { verb, why: `there is no station ${String(body['station'])}` });
    return found;
  };
  switch (verb) {
    case 'chart': {
      const wish = { station: text('station') ?? '', chart: text('chart') ?? '', recipe: text('recipe') };
      // Without a name it would be one that closed by itself.
      return agent.changeChart(body['do'] as ChartVerb, wish, from ?? 'mqtt');
    }
    case 'trigger':
      station().command(text('part'));
      return { triggered: true };
    case 'enable':
      station().enable(body['enabled'] === true, from);
      return { enabled: body['enabled'] === true };
    case 'recipe':
      station().forceRecipe(text('recipe') ?? null);
      return { recipe: text('recipe') ?? null };
    case 'ack':
      return { acknowledged: station().acknowledge() };
    case 'study':
      return { ...agent.study(station(), body['do'] as StudyVerb, { study: text('study'), who: from ?? 'mqtt' }) };
    case 'rebirth':
      agent.rebirth();
      return { reborn: true };
    case 'orders':
      return agent.planning.order(body);
    case 'plan':
      return agent.planning.answer(body);
    case 'route':
      return agent.routes.command(body);
    case 'material':
      return agent.material.change(body);
    case 'tool':
      return agent.tools.change(body);
    case 'note': {
      const { id } = await agent.note(
        { text: text('text') ?? '', station: text('station'), part: text('part'), alarm: text('alarm') },
        from,
      );
      return { note: id };
    }
    case 'reload':
      return agent.reload();
  }
}
