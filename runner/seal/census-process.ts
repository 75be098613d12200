import { text } from 'node:stream/consumers';
import { describeError, LandfallError, parseJson, systemClock } from '../../contract/index.ts';
import { awsRule } from '../network/connections.ts';
import { createDialer } from '../network/dialer.ts';
import { openNetwork } from '../network/network.ts';
import { censusOfAccount } from './census-of-account.ts';
import { type CensusAnswer, censusQuestionSchema, questionLimit } from './census-answer.ts';

// One census as a process: the question on standard input, the answer on standard output. What it takes to ask a dozen services of AWS is more
// memory than all the rest of the runner; so it is there for a minute a day.
const answer = async (): Promise<CensusAnswer> => {
  const question = parseJson(
    await text(process.stdin),
    censusQuestionSchema,
    'the question for a census',
    questionLimit,
  );
  const { config, apiServerHost } = question;
  // The logins of proxies reach no line of this process: it says nothing but its answer.
  const dialer = createDialer(await openNetwork({ config, apiServerHost, learn: () => undefined }));
  try {
    const takeCensus = censusOfAccount({
      aws: {
        ...config.aws,
        region: config.install.region,
        dispatcher: dialer.to(awsRule(config)),
        clock: systemClock,
      },
      accountId: config.install.account,
      installRoleName: config.ending?.installRoleName ?? null,
      clock: systemClock,
    });
    const census = await takeCensus(new AbortController().signal);
    return { census: { ...census, at: census.at.toISOString() } };
  } finally {
    await dialer.close();
  }
};

const failed = (error: unknown): CensusAnswer => {
  const code = error instanceof LandfallError && error.code === 'LF-SEAL-003' ? error.code : 'LF-SEAL-001';
  const message = error instanceof LandfallError && error.code === code ? error.message : describeError(error);
  return { failed: { code, message, temporary: !(error instanceof LandfallError) || error.temporary } };
};
process.stdout.write(JSON.stringify(await answer().catch(failed)));
