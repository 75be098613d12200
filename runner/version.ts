/** This runner's own version, as it enrols and reports. */
export const runnerVersion = '0.1.0';
