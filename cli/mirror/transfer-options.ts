import type { Command } from 'commander';
import { LandfallError } from '../../contract/index.ts';
import type { MirrorOptions, PlatformName } from '../../oci/index.ts';

export type TransferOptions = { rate?: string; concurrency?: string };

/** What every verb takes that moves bytes. */
export function withTransferOptions(command: Command): Command {
  return command
    .option('--rate <bytes per second>', 'no more than this over all, like 20M')
    .option('--concurrency <n>', 'requests at a time (default 64)');
}

export function transferLimits({
  rate,
  concurrency,
}: TransferOptions): Pick<MirrorOptions, 'bytesPerSecond' | 'concurrency'> {
  return {
    ...(rate === undefined ? {} : { bytesPerSecond: parseRate(rate) }),
    ...(concurrency === undefined ? {} : { concurrency: parseCount(concurrency) }),
  };
}

export function platformName(text: string): PlatformName {
  const [os, ...rest] = text.split('/');
  if (os === undefined || os === '' || rest.length === 0 || rest.includes('')) {
    throw new LandfallError('LF-CLI-010', `"${text}" is not a platform; expected something like linux/amd64`);
  }
  return `${os}/${rest.join('/')}`;
}

function parseRate(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,12})([kMG]?)$/.exec(text) ?? [];
  const bytes =
    Number(digits) * { '': 1, k: 1e3, M: 1e6, G: 1e9 }[unit === 'k' || unit === 'M' || unit === 'G' ? unit : ''];
  if (digits === '' || bytes < 1) {
    throw new LandfallError('LF-CLI-010', `"${text}" is not a rate; expected bytes per second like 500k, 20M, 1G`);
  }
  return bytes;
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) {
    throw new LandfallError('LF-CLI-010', `"${text}" is not a number of requests; expected 1 to 999`);
  }
  return Number(text);
}
