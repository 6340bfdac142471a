"""Shorthand of maintenance notes to plain words: tables, rules and a ranking. agent/inference/text/ is the same in TypeScript."""
