/** What somebody, or a key, may do, and on which sites. */
import { Form, Radio } from "antd";
import { SitesField } from "./sites";

const ROLES = ["viewer", "operator", "admin"] as const;

export type RoleChosen = { role: string; sites?: string[] };

/** The sites that are meant: an admin is restricted to none. */
export function sitesOf({ role, sites }: RoleChosen): string[] | null {
  return role !== "admin" && sites?.length ? sites : null;
}

type Words = {
  role: string;
  roles: Record<(typeof ROLES)[number], string>;
  sites: string;
  sitesHelp: string;
  allSites: string;
};

export function RoleFields({ says }: { says: Words }) {
  const role = Form.useWatch<string | undefined>("role");
  return (
    <>
      <Form.Item name="role" label={says.role}>
        <Radio.Group vertical options={ROLES.map((value) => ({ value, label: says.roles[value] }))} />
      </Form.Item>
      {role === "admin" ? null : (
        <Form.Item name="sites" label={says.sites} extra={says.sitesHelp}>
          <SitesField placeholder={says.allSites} />
        </Form.Item>
      )}
    </>
  );
}
