export { type ReportParts, buildReport } from './build-report.ts';
export { type ReportSender, createReportSender, createReportSequence } from './send.ts';
