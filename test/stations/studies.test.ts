/** What a station does about the parts of gauge studies that nobody recorded, and about master parts of other stations. */
import { expect, it } from 'vitest';
import type { StudySpec } from '#agent/contracts/index.js';
import { StudyBook } from '#agent/decisions/gauge/study-book.js';
import type { StationPorts, StationSpec } from '#agent/stations/ports.js';
import { StudyDuty } from '#agent/stations/studies.js';
import { inspection } from '../publishers/samples.ts';

const spec: StudySpec = {
  kind: 'attributes',
  parts: ['1', '2'],
  by: 'order',
  appraisers: ['agent'],
  repeats: 1,
  truth: { 1: 'good', 2: 'bad' },
};
function duty(hasStudies = true) {
  const book = new StudyBook({
    station: 'outlet',
    studies: { masters: { spec, series: null, conditions: [], within: 1e9 } },
    now: () => 1,
    elapsed: () => 1,
    own: () => 1,
  });
  const ports = {
    ...(hasStudies ? { studies: book } : {}),
    masterOf: (part: string) => (part.startsWith('M-') ? 'masters of inlet' : null),
  } as unknown as StationPorts;
  const made = new StudyDuty({ spec: { name: 'outlet' } as StationSpec, ports, saved: () => '', recipe: () => '', changed: () => {} });
  return { book, duty: made };
}
const note = (number: number) => ({ station: 'outlet', number, part: null, counter: null, verdict: 'ok', recipe: 'standard' }) as const;

it('gives to production and to the study what was noted as theirs, in the order of the answers', () => {
  const { book, duty: of } = duty();
  book.begin('masters', { id: 's1', who: 'meyer', recipe: 'standard', configHash: 'h', seed: 1 });
  book.place();
  const placed = of.take() ?? undefined;
  book.restore(book.save());
  const lost = inspection(1, { outcome: 'unrecorded', part: null });
  expect(of.lost(lost, note(1)).study).toBeUndefined();
  expect(of.lost(lost, { ...note(2), ...(placed && { placed }) }).study).toEqual({ name: 'masters', study: 's1', showing: null });
  expect(of.lost(lost, note(3)).study).toBeUndefined();
});

it('counts the one part that passed over a kill as the announced one, and several as missed', () => {
  for (const [missed, study] of [
    [undefined, { name: 'masters', study: 's1', showing: null }],
    [{ from: 4, to: 6 }, undefined],
  ] as const) {
    const { book, duty: of } = duty();
    book.begin('masters', { id: 's1', who: 'meyer', recipe: 'standard', configHash: 'h', seed: 1 });
    book.place();
    book.restore(book.save());
    expect(of.lost(inspection(1, { outcome: 'missed', ...(missed && { missed }) }), undefined).study).toEqual(study);
  }
});

it.each([true, false])('takes a master part of another station for no production, with studies of its own or without: %s', (hasStudies) => {
  const { duty: of } = duty(hasStudies);
  const member = of.elsewhere('M-1');
  expect([member?.study, of.elsewhere('P-1'), of.elsewhere(null)]).toEqual([null, null, null]);
  expect(of.shown(member, inspection(1, { part: 'M-1' })).part).toEqual({ name: 'masters of inlet', study: null, showing: null });
});
