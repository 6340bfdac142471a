import { describe, expect, it } from 'vitest';
import { topicLevel, topicsOf } from '#agent/publishers/topics.js';

const names = {
  prefix: 'lineside/v1',
  line: { enterprise: 'acme', site: 'dresden', area: 'castings', line: 'line3' },
  agent: 'gw1',
  stations: ['outlet'],
};
const topics = topicsOf(names);
const ROOT = 'lineside/v1/acme/dresden/castings/line3';

describe('a level of a topic', () => {
  it.each([
    ['line 3', 'line 3'],
    ['Gießerei', 'Gießerei'],
    ['鋳造', '鋳造'],
    ['a/b', 'a_b'],
    ['+', '_'],
    ['#', '_'],
    ['a+b#c', 'a_b_c'],
    ['', '_'],
    ['nul\0nul', 'nul_nul'],
    ['tab\tbell\u0007', 'tab_bell_'],
    ['\u009f', '_'],
    ['half \ud83d', 'half _'],
    ['\uffff', '_'],
    ['whole 🏭', 'whole 🏭'],
  ])('%j becomes %j', (text, level) => {
    expect(topicLevel(text)).toBe(level);
  });

  it('is never longer than a topic allows, and never ends in half a character', () => {
    const level = topicLevel('🏭'.repeat(100_000));
    expect(level).toBe('🏭'.repeat(128));
    expect(Buffer.from(level).toString()).toBe(level);
  });

  it('is safe whatever it was', () => {
    for (let code = 0; code <= 0x10_ffff; code += code < 0x300 ? 1 : 97) {
      const level = topicLevel(`x${String.fromCodePoint(code)}`);
      expect(level).not.toMatch(/[+#/\0]/);
      expect(Buffer.from(level).toString()).toBe(level);
      expect(topicLevel(level)).toBe(level);
    }
  });
});

describe('topics', () => {
  it('follow ISA-95', () => {
    expect(topics.quality('outlet')).toBe(`${ROOT}/outlet/quality`);
    expect(topics.decision('outlet')).toBe(`${ROOT}/outlet/decision`);
    expect(topics.state('outlet')).toBe(`${ROOT}/outlet/state`);
    expect(topics.shadow('outlet')).toBe(`${ROOT}/outlet/shadow`);
    expect(topics.model('outlet')).toBe(`${ROOT}/outlet/model`);
    expect(topics.status).toBe(`${ROOT}/_agent/gw1/status`);
    expect(topics.health).toBe(`${ROOT}/_agent/gw1/health`);
    expect(topics.commands).toBe(`${ROOT}/_agent/gw1/cmd/+`);
    expect(topics.reply('trigger')).toBe(`${ROOT}/_agent/gw1/cmd/trigger/reply`);
  });

  it.each([
    ['STATION_HELD', 'outlet', `${ROOT}/outlet/alarm/STATION_HELD`],
    ['MODEL_FAILED', 'outlet/surface@large', `${ROOT}/outlet/alarm/MODEL_FAILED/surface@large`],
    ['CAMERA_SILENT', 'top', `${ROOT}/_agent/gw1/alarm/CAMERA_SILENT/top`],
    ['STORE_FULL', '', `${ROOT}/_agent/gw1/alarm/STORE_FULL`],
    ['MODEL_FAILED', '/outlet//surface/', `${ROOT}/outlet/alarm/MODEL_FAILED/surface`],
    ['MODEL_FAILED', 'elsewhere/outlet', `${ROOT}/_agent/gw1/alarm/MODEL_FAILED/elsewhere/outlet`],
    ['OPCUA_SILENT', '+/#/x', `${ROOT}/_agent/gw1/alarm/OPCUA_SILENT/_/_/x`],
  ])('alarm %s of %j is %s', (code, subject, topic) => {
    expect(topics.alarm(code, subject)).toBe(topic);
  });

  it('know a command when they see one', () => {
    expect(topics.verbOf(`${ROOT}/_agent/gw1/cmd/trigger`)).toBe('trigger');
    expect(topics.verbOf(`${ROOT}/_agent/gw1/cmd/trigger/reply`)).toBe('');
    expect(topics.verbOf(`${ROOT}/_agent/gw2/cmd/trigger`)).toBe('');
  });

  it.each([
    ['a/b/c', 'a/b/c'],
    ['/a//b/', 'a/b'],
    ['', '_'],
    ['$SYS/x', '_SYS/x'],
    ['a/+/#', 'a/_/_'],
  ])('prefix %j begins with %j', (prefix, root) => {
    expect(topicsOf({ ...names, prefix }).quality('s')).toBe(`${root}/acme/dresden/castings/line3/s/quality`);
  });

  it('own their tree and nothing beside it', () => {
    expect(topics.owns('lineside/v1')).toBe(true);
    expect(topics.owns('lineside/v1/x')).toBe(true);
    expect(topics.owns('lineside/v10/x')).toBe(false);
    expect(topics.owns('mes/answers')).toBe(false);
  });

  it('keep hostile names from reaching beyond their level', () => {
    const hostile = topicsOf({ ...names, line: { ...names.line, line: '../#' }, agent: 'a/b/+' });
    expect(hostile.commands).toBe('lineside/v1/acme/dresden/castings/.._/_agent/a_b__/cmd/+'.replace('.._', '..__'));
  });
});
