/**
 * The simulated figures of docs/logistics.md: whether material comes in time as often as it should, and what that costs in stock against a fixed reorder point.
 * A minute; the same figures every time. test/decisions/logistics repeats a part of it.
 *
 *   node dist/scripts/logistics-figures.js
 */
import { fixed, forecast, SCENES, type Served, worldOf } from './logistics/material.ts';
import { heldOut, WAYS } from './logistics/wear.ts';

const SEEDS = [0.11, 0.37, 0.71, 0.93];
const DAYS = 63;
const AIMS = [0.95, 0.98];

const add = (all: readonly Served[]) => {
  const sum = (pick: (one: Served) => number) => all.reduce((total, one) => total + pick(one), 0);
  const [calls, inTime] = [sum(({ calls }) => calls), sum(({ inTime }) => inTime)];
  return { calls, share: inTime / calls, fill: sum(({ fill }) => fill) / all.length, stock: sum(({ stock }) => stock) / all.length };
};
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function row(scene: (typeof SCENES)[number], aim: number): string {
  const worlds = SEEDS.map((seed) => worldOf(scene, DAYS, seed));
  const served = worlds.map((world) => forecast(world, aim));
  const ours = add(served);
  // Of each world as many in time as here: what both cost is for the same service.
  const other = add(worlds.map((world, i) => fixed(world, (served[i]?.inTime ?? 0) / (served[i]?.calls ?? 1))));
  const cells = [
    scene.name,
    percent(aim),
    percent(ours.share),
    String(ours.calls),
    percent(ours.fill),
    ours.stock.toFixed(0),
    other.stock.toFixed(0),
    (ours.stock / other.stock).toFixed(2),
  ];
  return `| ${cells.join(' | ')} |`;
}

const rows = SCENES.flatMap((scene) => AIMS.map((aim) => row(scene, aim)));
process.stdout.write(
  `| line | aim | in time | calls | fill rate | stock | fixed point | ratio |\n|---|--:|--:|--:|--:|--:|--:|--:|\n${rows.join('\n')}\n`,
);

const wears = WAYS.map((way) => {
  const seen = [0, 10, 25].map((before) => heldOut(way, { before, tools: 300, seed: 0.42 }));
  return `| ${way} | ${seen.flatMap(({ asked, held, width }) => [percent(held / asked), width.toFixed(2)]).join(' | ')} | ${percent((seen[0]?.silent ?? 0) / 2400)} |`;
});
process.stdout.write(
  `\n| wear | first tool | width | after ten | width | after 25 | width | first tool, nothing said |\n|---|--:|--:|--:|--:|--:|--:|--:|\n${wears.join('\n')}\n`,
);
