/** The calendar: a zone that is known, days that there are, no two shifts at once. */
import { type Calendar, isZone, shiftsIn, weekFaults } from '../../contracts/calendar.ts';
import type { Check } from './check.ts';

export function checkCalendar(check: Check): void {
  const { calendar } = check.config;
  // Of what could not be read nothing follows.
  if (check.sound) checkMachines(check);
  if (!calendar) return;
  if (!isZone(calendar.zone))
    return check.fault(['calendar', 'zone'], `is ${calendar.zone}, which is no time zone; take a name such as Europe/Berlin`);
  calendar.days_off.forEach((day, index) => {
    if (new Date(`${day}T00:00:00Z`).toJSON()?.slice(0, 10) !== day)
      check.fault(['calendar', 'days_off', index], `is ${day}, and there is no such day`);
  });
  for (const { one, other, at } of weekFaults(calendar.shifts).overlaps)
    check.fault(['calendar', 'shifts', other], `runs at ${at}, when ${one} runs as well; no part is of two shifts`, 'key');
  if (check.sound && Object.keys(calendar.shifts).length > 0) checkBreaks(check, calendar);
}

function checkMachines(check: Check): void {
  const { calendar, stations } = check.config;
  for (const [name, { machine }] of Object.entries(stations)) {
    if (machine && !calendar) check.warn(['stations', name, 'machine'], 'counts for nothing: there is no `calendar` with shifts', 'key');
    if (machine?.values && machine.running === undefined)
      check.fault(['stations', name, 'machine', 'values'], 'are of no tag: `running` is missing', 'key');
  }
}

function checkBreaks(check: Check, calendar: Calendar): void {
  const worked = { ...calendar, days_off: [] };
  for (const [name, times] of Object.entries(calendar.breaks)) {
    const alone = { ...worked, shifts: { [name]: times } };
    const isOutside = shiftsIn(alone, MID_YEAR).every(({ from, to }) => shiftsIn(worked, { from, to }).length === 0);
    if (isOutside) check.warn(['calendar', 'breaks', name], 'is in no shift, and counts for nothing', 'key');
  }
}

/** A week without a change of the clocks in most zones. */
const MID_YEAR = { from: Date.UTC(2026, 5, 1), to: Date.UTC(2026, 5, 8) };
