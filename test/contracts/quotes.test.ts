import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_QUOTED, quotesOf, type Spoken } from '#agent/contracts/quotes.js';

const said = (text: string, times = 1, first = 0, last = first): Spoken => ({ text, times, first, last });

describe('a few quotations in place of many texts', () => {
  it('puts texts with most words in common together, whatever numbers and endings, and quotes the most central', () => {
    const quotes = quotesOf([
      said('Hydraulikpumpe undicht, Dichtung getauscht', 1, 50),
      said('Hydraulikpumpe undicht', 2, 10, 90),
      said('Hydraulikpumpen undicht, tropft', 1, 70),
      said('Störung 17 Schutztür offen', 5, 20, 40),
      said('Störung 4 Schutztür offen', 3, 30, 60),
      said('Kamera geputzt'),
    ]);
    expect(quotes).toEqual([
      { text: 'Störung 17 Schutztür offen', times: 8, texts: 2, first: 20, last: 60 },
      { text: 'Hydraulikpumpe undicht', times: 4, texts: 3, first: 10, last: 90 },
      { text: 'Kamera geputzt', times: 1, texts: 1, first: 0, last: 0 },
    ]);
  });

  it('does not put texts together for the names that were taken out of them, nor for words that all have', () => {
    const texts = ['Hr. <name> inf., Presse steht', 'Hr. <name> inf., Greifer klemmt', 'Hr. <name> inf., Ofen kalt'];
    expect(quotesOf(texts.map((text) => said(text)))).toHaveLength(3);
    expect(quotesOf([said('4711'), said('4712')])).toHaveLength(2);
    expect(quotesOf([])).toEqual([]);
  });

  it('quotes what was said, counts each once, and does not depend on the order', () => {
    const word = fc.constantFrom('pumpe', 'undicht', 'tür', 'offen', 'lager', 'heiß', '7');
    const spoken = fc.record({
      text: fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' ')),
      times: fc.integer({ min: 1, max: 9 }),
      first: fc.integer({ min: 0, max: 9 }),
      last: fc.integer({ min: 9, max: 20 }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(spoken, { selector: ({ text }) => text, maxLength: 30 }), (all) => {
        const quotes = quotesOf(all);
        const sum = (of: readonly { readonly times: number }[]) => of.reduce((n, { times }) => n + times, 0);
        expect(sum(quotes)).toBe(sum(all));
        expect(quotes.reduce((n, { texts }) => n + texts, 0)).toBe(all.length);
        for (const { text } of quotes) expect(all.map((one) => one.text)).toContain(text);
        expect(quotesOf(all.toReversed())).toEqual(quotes);
      }),
    );
  });

  it('is bounded: of more texts the rarest are left out', () => {
    const many = Array.from({ length: MOST_QUOTED + 50 }, (_, n) => said(`wort${String.fromCharCode(97 + (n % 26))}${n} x`, n + 1));
    expect(quotesOf(many).reduce((n, { texts }) => n + texts, 0)).toBe(MOST_QUOTED);
  });
});
