import type { SealReport, SealVerdict } from '../../contract/index.ts';

const exitCodes = { sealed: 0, open: 1, incomplete: 2 } as const;

export function sealExitCode(verdict: SealVerdict): 0 | 1 | 2 {
  return exitCodes[verdict];
}

/** The seal as a table for people. */
export function sealLines(report: SealReport): string[] {
  const outside = report.places.flatMap((place) => place.outside.map((one) => ({ place: place.name, ...one })));
  const { users, withAccessKey, withPassword } = report.people;
  return [
    `${report.verdict.toUpperCase()}  account ${report.account} (${report.regions.join(', ')}), ${report.at}, seen by ${report.observer}`,
    report.summary,
    '',
    row('place', 'looked at', 'outside', 'known', 'services', 'not seen'),
    ...report.places.map((place) =>
      row(
        place.name,
        String(place.looked),
        String(place.outsideTotal),
        String(place.outside.filter(({ accepted }) => accepted).length),
        place.servicesUnbound === 0 ? String(place.services) : `${place.services} (${place.servicesUnbound} unbound)`,
        String(place.notVisible.length + place.unreadable.length),
      ),
    ),
    '',
    ...outside.map(
      ({ place, kind, principal, where, via, conditions, accepted }) =>
        `${accepted ? 'known   ' : 'OUTSIDE '} ${principal} (${kind})\n         enters ${where} (${place}) by its ${via}` +
        (conditions.length === 0 ? '' : `, if ${conditions.join(' and ')}`),
    ),
    ...report.places.flatMap((place) => [
      ...place.notVisible.map((what) => `NOT SEEN ${place.name}: ${what}`),
      ...place.unreadable.map((what) => `UNREADABLE ${place.name}: ${what}`),
      ...place.notes.map((what) => `note     ${place.name}: ${what}`),
    ]),
    `people   ${users} users of the account itself, ${withAccessKey} with an access key, ${withPassword} with a password`,
  ];
}

const widths = [16, 10, 8, 7, 16, 8];

function row(...cells: string[]): string {
  return cells
    .map((cell, i) => cell.padEnd(widths[i] ?? 0))
    .join('  ')
    .trimEnd();
}
