/** Face libraries, and who is in each. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useWords } from "@/shared/words";
import { librariesQuery, type Schema } from "../../api";
import { libraries } from "../../fog";
import { Named } from "./Named";
import { says } from "./words";

type Library = Schema<"Library">;

export function LibrariesPage() {
  const w = useWords(says);
  const { data, error, isPending, refetch } = useQuery(librariesQuery);
  return (
    <Named<Library>
      which="libraries"
      list={{ data: data?.items, error, isPending, refetch }}
      calls={libraries}
      isFixed={(library) => library.name === "default_group"}
      columns={[
        {
          title: w.people,
          render: (_, library) => (
            <Link to="/people" search={{ library: library.name }}>
              {library.people}
            </Link>
          ),
        },
      ]}
    />
  );
}
