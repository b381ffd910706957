/** Makes the gate's random histories follow from the commit, so that one commit has one verdict; elsewhere each run has its own. */

const seed = process.env["SLUICE_SEED"];
if (seed !== undefined) {
  // Loaded only there: most test files have no random histories.
  const { configureGlobal } = await import("fast-check");
  configureGlobal({ seed: Number(seed) });
}

export {};
