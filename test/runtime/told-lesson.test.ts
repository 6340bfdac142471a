/** What a lesson tells of its pictures: asked for every second by each page that looks, and worked out once. */
import { expect, it } from 'vitest';
import type { LessonShot } from '#agent/runtime/lesson-shelf.js';
import { pointedIn, shownOf } from '#agent/runtime/told-lesson.js';

const shot = (id: string, more: Partial<LessonShot>): LessonShot => ({
  id,
  inspection: `i-${id}`,
  at: 1,
  said: 'bad',
  kind: null,
  boxes: [],
  odd: null,
  score: null,
  heat: false,
  type: 'image/png',
  bytes: 100,
  peak: null,
  ...more,
});

it('whose heat map is highest where somebody marked it, once for as long as they are the same', () => {
  const right = shot('a', {
    boxes: [
      {
        width: 4,
        points: [
          [10, 10],
          [20, 10],
        ],
      },
    ],
    peak: [16, 8, 8, 8],
  });
  const wrong = shot('b', { boxes: [[0, 0, 5, 5]], peak: [16, 8, 8, 8] });
  const pictures = [right, wrong, shot('c', {}), shot('d', { boxes: [[0, 0, 5, 5]] })];
  expect(pictures.map((one) => shownOf(one).pointed)).toEqual([true, false, null, null]);
  expect(pointedIn(pictures)).toMatchObject({ value: 0.5 });
  // Of 2000 points each this took the main thread a while, with every question.
  expect(shownOf(right)).toBe(shownOf(right));
  expect(pointedIn(pictures)).toBe(pointedIn(pictures));
  // Another mark is another picture.
  const mended = pictures.with(1, { ...wrong, boxes: [[18, 9, 5, 5]] });
  expect(pointedIn(mended)).toMatchObject({ value: 1 });
  expect(pointedIn(pictures.slice(2))).toBeNull();
});
