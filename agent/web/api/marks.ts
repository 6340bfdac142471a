/** What a schema cannot say of marks on a picture. */
import { type Mark, MOST_POINTS_TOGETHER, pointsOf } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';

/** Rejects with WEB_INVALID where the part is not called bad, or so much is painted on it that nobody has done it by hand. */
export function checkMarks(said: string, marks: readonly Mark[]): void {
  if (marks.length > 0 && said !== 'bad') throw new LinesideError('WEB_INVALID', { why: 'boxes say where a part is bad' });
  const points = pointsOf(marks);
  if (points > MOST_POINTS_TOGETHER)
    throw new LinesideError('WEB_INVALID', { why: `what is painted has ${points} points, and ${MOST_POINTS_TOGETHER} are the most` });
}
