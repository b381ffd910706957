/** What the script does with a page: every part looks for its own elements, and without them does nothing. */

import { drawCharts } from "./charts.ts";
import { confirmForms } from "./confirm.ts";
import { sendFilters } from "./forms.ts";
import { keepFresh } from "./fresh.ts";
import { localInstants } from "./instants.ts";
import { follow } from "./live.ts";
import { previewForms } from "./preview.ts";
import { reachTables } from "./tables.ts";
import { offerThemes } from "./theme.ts";
import { showTimes } from "./times.ts";

offerThemes();
showTimes(document);
setInterval(() => showTimes(document), 5_000);
localInstants();
confirmForms();
sendFilters();
previewForms();
drawCharts();
reachTables();
follow();
keepFresh();
