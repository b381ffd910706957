/** Makes the images of the example in the engine that answers, so that tests need not wait for them. */

import { composeMissing } from "./docker-compose.ts";
import { engineMissing } from "./docker-engine.ts";
import { appImage } from "./docker-images.ts";

const missing = engineMissing ?? composeMissing;
if (missing === undefined) {
  await appImage((line) => console.error(line)).catch((error: Error) => {
    console.error(`The image of apps/docker cannot be made: ${error.message}`);
    process.exitCode = 1;
  });
}
