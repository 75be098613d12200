export { buildReport } from './build-report.ts';
export { createReportSender, createReportSequence } from './send.ts';
