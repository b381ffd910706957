/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The parts that pages are made of: what they say, and that no text gets out of its place. */

import type { Child } from "hono/jsx";
import { describe, expect, it } from "vitest";
import { elements, faultsOf, parsed, textOf } from "../../test/html.ts";
import { FrameContext } from "./frame.ts";
import { Brief, Cut, Gauge, Link, Time } from "./parts.tsx";
import { Chart, Spark } from "./parts-chart.tsx";
import { Choice, Field, Form } from "./parts-form.tsx";
import { Pager, Table } from "./parts-table.tsx";

const hostile = `</script><script>alert("1")</script><!--'&amp;\u2028`;

function html(view: Child, csrf: string | undefined = "token"): string {
  return String(
    <FrameContext.Provider value={{ base: "/admin", nowMs: 0, ...(csrf !== undefined && { csrf }) }}>
      {view}
    </FrameContext.Provider>,
  );
}

describe("parts", () => {
  it("keep a chart's data within its block, and say the same as a table", () => {
    const text = html(
      <Chart title={hostile} kind="bars" atMs={[0, 60_000]} series={[{ label: hostile, ink: 1, values: [1, null] }]} />,
    );
    expect(faultsOf(text)).toEqual([]);
    const [block, ...others] = elements(parsed(text), "script");
    expect(others).toEqual([]);
    const data = JSON.parse(textOf(block as never)) as { series: { label: string }[] };
    expect(data.series[0]?.label).toBe(hostile);
    expect(elements(parsed(text), "td").map(textOf)).toEqual(["1", "–"]);
    expect(elements(parsed(text), "time")[1]?.attributes.get("datetime")).toBe("1970-01-01T00:01Z");
  });

  it("put attributes of strangers' text where they are, as text", () => {
    const text = html(
      <>
        <Cut text={hostile.repeat(9)} at={20} />
        <Brief text={hostile} at={5} />
        <Link to={`/users/${encodeURIComponent(hostile)}`}>{hostile}</Link>
        <Field name="a" label={hostile} value={hostile} hint={hostile} error={hostile} />
        <Choice name="b" label={hostile} value={hostile} of={[[hostile, hostile]]} />
        <Form to="/x" confirm={hostile}>
          {hostile}
        </Form>
        <Spark values={[1, 2]} label={hostile} at={1} />
        <Table caption={hostile} columns={[{ label: hostile, cell: (row: string) => row }]} rows={[hostile]} />
      </>,
    );
    expect(faultsOf(text)).toEqual([]);
    expect(elements(parsed(text), "input").map(({ attributes }) => attributes.get("value"))).toEqual([
      hostile,
      "token",
    ]);
  });

  it("cut between letters, not within one", () => {
    expect(textOf(elements(parsed(html(<Brief text="😀😀😀" at={2} />)), "bdi")[0] as never)).toBe("😀…");
  });

  it.each([
    [0, 100, "bar", "0 of 100"],
    [79, 100, "bar", "79 of 100"],
    [80, 100, "bar bar-warn", "80 of 100"],
    [130, 100, "bar bar-bad", "130 of 100"],
    [0, 0, "bar bar-bad", "0 of 0"],
  ])("show %s of %s as %s", (used, of, kind, words) => {
    const gauge = parsed(html(<Gauge label="Sends" used={used} of={of} />));
    const [meter] = elements(gauge, "svg");
    expect(meter?.attributes.get("role")).toBe("img");
    expect(meter?.attributes.get("class")).toBe(kind);
    expect(meter?.attributes.get("aria-label")).toBe(`Sends: ${words}`);
    const width = Number(elements(gauge, "rect")[0]?.attributes.get("width"));
    expect(width).toBeCloseTo(of === 0 ? 100 : Math.min(100, (used / of) * 100));
  });

  it("invent no number: unknown is a word, and unlimited has no bar", () => {
    const unknown = html(<Gauge label="API" of={60} because="The binding knows only yes or no." />);
    expect(textOf(parsed(unknown))).toBe("APIunknownThe binding knows only yes or no.");
    expect(html(<Gauge label="API" used={7} of="unlimited" />)).not.toContain("<svg");
  });

  it("send no csrf field where there is no token, and stay within the mount", () => {
    const text = String(
      <FrameContext.Provider value={{ base: "", nowMs: 0 }}>
        <Form to="/x">a</Form>
      </FrameContext.Provider>,
    );
    expect(text).toBe('<form method="post" action="/x" class="form">a</form>');
  });

  it("keep the filters on the way to the next part, and none that is empty", () => {
    const text = html(<Pager to="/audit" query={{ subject: "a&b", action: "" }} next="c/d" />);
    expect(elements(parsed(text), "a").map(({ attributes }) => attributes.get("href"))).toEqual([
      "/admin/audit?subject=a%26b&after=c%2Fd",
    ]);
    expect(html(<Pager to="/audit" query={{}} />)).toBe("");
  });

  it("give instants that every browser reads", () => {
    expect(html(<Time at={0} />)).toBe('<time datetime="1970-01-01T00:00:00Z">1 Jan 1970, 00:00 UTC</time>');
  });
});
