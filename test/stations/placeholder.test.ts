import { describe, expect, it } from 'vitest';
import { Placeholder } from '#agent/stations/placeholder.js';

/** What a tag showed, in its order; `!` is a trigger. Returns what is known after each text. */
function knownBy(placeholder: Placeholder, said: string): readonly (string | null)[] {
  const known: (string | null)[] = [];
  for (const text of said.split(' ')) {
    if (text === '!') placeholder.trigger();
    else {
      placeholder.hear(text);
      known.push(placeholder.text);
    }
  }
  return known;
}
const learned = (said: string) => knownBy(new Placeholder(), said).at(-1);

describe('what a tag shows between parts', () => {
  it('is known after three rounds with a name and a trigger each', () => {
    expect(knownBy(new Placeholder(), '0 a ! 0 b ! 0 c ! 0 d ! 0 e !')).toEqual([...Array(8).fill(null), '0', '0']);
  });

  it.each([
    ['names follow their triggers', '0 ! a 0 ! b 0 ! c 0 ! d 0'],
    ['the tag says one thing again', '0 0 a a ! 0 b ! 0 0 c ! 0 d ! 0'],
    ['its triggers are handled after the next name came', '0 a 0 ! b 0 ! c 0 ! d 0 ! e 0'],
    ['a part comes twice', '0 a ! 0 a ! 0 b ! 0 c ! 0 d ! 0 e ! 0'],
  ])('is known where %s', (_, said) => {
    expect(learned(said)).toBe('0');
  });

  it.each([
    ['each text has a trigger of its own', '0 ! a ! 0 ! b ! 0 ! c ! 0 ! d ! 0 ! e ! 0'],
    ['no text has a trigger', '0 a 0 b 0 c 0 d 0 e 0'],
    ['two texts take turns', '0 a ! 0 a ! 0 a ! 0 a ! 0 a ! 0 a ! 0'],
    ['names come round again, and one of them has no trigger', 'a ! b ! 0 a ! b ! 0 a ! b ! 0 a ! b ! 0 a'],
    ['no text comes again', 'a ! b ! c ! d ! e ! f !'],
  ])('is not known where %s', (_, said) => {
    expect(learned(said)).toBeNull();
  });

  it('stays known where a part comes twice, or several triggers were handled at once', () => {
    const known = new Placeholder('0');
    expect(knownBy(known, '0 a ! 0 a ! 0 b 0 c ! ! 0 d ! 0')).toEqual(Array(11).fill('0'));
  });

  it('is a name again once it has triggers of its own, or does not come back', () => {
    const own = new Placeholder('0');
    const rounds = [...'abcdefgh'].map((name) => `0 ! ${name} !`).join(' ');
    expect(knownBy(own, rounds).at(-1)).toBe('0');
    expect(knownBy(own, '0').at(-1)).toBeNull();
    expect(learned('0 a ! 0 b ! 0 c ! 0 d ! 0 e ! f ! g ! h ! i ! j ! k ! l !')).toBe('0');
    expect(learned('0 a ! 0 b ! 0 c ! 0 d ! 0 e ! f ! g ! h ! i ! j ! k ! l ! m !')).toBeNull();
  });

  it('is not doubted by triggers that are handled late, or not at all', () => {
    const known = new Placeholder('0');
    expect(knownBy(known, '0 a 0 b 0 c 0 d 0 e 0 f 0 g 0 h 0 i 0 ! ! ! ! ! ! ! ! ! k ! 0 l ! 0')).not.toContain(null);
    // As many as 32 are expected late.
    const [names, triggers] = [
      Array.from({ length: 40 }, (_, i) => `s${i} 0`).join(' '),
      Array(32 + 8)
        .fill('!')
        .join(' '),
    ];
    expect(knownBy(new Placeholder('0'), `0 ${names} ${triggers} a 0`).at(-1)).toBe('0');
  });
});
