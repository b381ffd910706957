/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The page to log in on: one field, and in words why it did not work. */

import type { LoginView } from "../access/login-view.ts";
import type { View } from "./frame.ts";
import { Layout } from "./layout.tsx";
import { Card, Notice } from "./parts.tsx";
import { Button, Field, Form } from "./parts-form.tsx";
import { documentOf } from "./show.tsx";

/** A whole document: `c.html(loginPage(view))`. */
export function loginPage(view: LoginView): string {
  return documentOf(
    <Layout frame={{ base: view.base, nowMs: 0 }} title="Log in" navigation={[]} isNarrow>
      <LoginCard {...view} />
    </Layout>,
  ).toString();
}

function LoginCard({ refusal, message, to, isUnsent }: LoginView): View {
  // What is about the token stands at its field; what waiting or another address would cure, above the form.
  const isAboutToken = refusal === "wrong-token";
  return (
    <Card title="With your token">
      {message && !isAboutToken && (
        <Notice tone="bad" title="You are not logged in.">
          {message}
        </Notice>
      )}
      {isUnsent && (
        <Notice tone="warn" title="Your session has ended.">
          What you sent was not saved. Log in, and do it once more.
        </Notice>
      )}
      <Form to="/login">
        {to && <input type="hidden" name="to" value={to} />}
        <Field
          name="token"
          label="Token"
          type="password"
          autocomplete="current-password"
          required
          maxlength={500}
          error={isAboutToken ? message : undefined}
          hint="It is sent once and kept nowhere: a cookie stands for it for twelve hours."
        />
        <Button primary>Log in</Button>
      </Form>
    </Card>
  );
}
