import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { peopleFigures } from '#agent/desk/language/people-set.js';
import { maskPeople } from '#agent/language/people.js';

const people = { names: ['Müller', 'Anna Groß-Klein'], code: (id: string) => `#${id.length}` };

describe('people in a text', () => {
  it.each([
    ['Hr. Schulze inf., Pu. undicht', 'Hr. <name> inf., Pu. undicht'],
    ['mit herrn schulze besprochen', 'mit herrn <name> besprochen'],
    ['MUELLER kommt, müllers Handy', '<name> kommt, <name> Handy'],
    // The mark apart from its letter, as some systems write it.
    ['Mu\u0308ller kommt, Hr. O\u0308ztu\u0308rk auch', '<name> kommt, Hr. <name> auch'],
    ['K. Müller / A. Groß', '<name> / <name>'],
    ['gez. Öztürk', 'gez. <name>'],
    ['MA 4711: FI fliegt', 'MA <person #4>: FI fliegt'],
    ['Tel. 4711, oder 0171/2345678', 'Tel. <phone>, oder <phone>'],
    ['see a.b@werk.example', 'see <mail>'],
    ['Ventil 12.05 bei 0.5 bar, Lager 6204-2RS, Temp. 120 °C', 'Ventil 12.05 bei 0.5 bar, Lager 6204-2RS, Temp. 120 °C'],
    ['Meister inform., Mühle steht', 'Meister inform., Mühle steht'],
  ])('%s', (text, masked) => {
    expect(maskPeople(text, people)).toBe(masked);
  });

  it('leaves nothing of a listed name, whatever stands around it, and masks nothing twice', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.string({ maxLength: 30 }), (before, after) => {
        const masked = maskPeople(`${before} Müller ${after}`, people);
        expect(masked).not.toContain('Müller');
        expect(maskPeople(masked, people)).toBe(masked);
      }),
    );
  });

  it.each(['a.', '0', 'Herr ', '+49 ', 'A. ', 'tel ', "'"])(
    'comes to an end with a text of the largest size that is made to be slow: %s',
    (piece) => {
      expect(maskPeople(piece.repeat(Math.ceil(2000 / piece.length)), people).length).toBeGreaterThan(0);
    },
  );

  it('finds on a rendered set what is announced or listed, and says of what it does not', () => {
    const { gone, taken_wrongly: wrong } = peopleFigures(1, 60);
    for (const form of ['titled', 'announced', 'listed', 'number', 'mail', 'phone']) expect(gone[form]?.share, form).toBeGreaterThan(0.95);
    expect(gone['unlisted']?.share).toBeLessThan(0.2);
    expect(wrong.share).toBeLessThan(0.01);
  });
});
