/** How everything is, and what needs attention; the way to the first steps while nothing is set up. */
import { Link } from "@tanstack/react-router";
import { Button, Card, Result } from "antd";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { Reminder } from "../start/Reminder";
import { Attention } from "./Attention";
import { Boxes } from "./Boxes";
import { Figures } from "./Figures";
import { useStats } from "./facts";
import { Recent } from "./Recent";
import { Today } from "./Today";
import { says } from "./words";
import "./overview.css";

export function OverviewPage() {
  const w = useWords(says);
  const stats = useStats().data;
  const isEmpty = stats !== undefined && stats.people === 0 && stats.boxes === 0 && stats.events === 0;
  return <Page title={w.title}>{isEmpty ? <Welcome /> : <Everything />}</Page>;
}

function Welcome() {
  const w = useWords(says);
  return (
    <Card>
      <Result
        status="info"
        title={w.welcome}
        subTitle={w.welcomeHelp}
        extra={
          <Link to="/start">
            <Button type="primary" size="large">
              {w.start}
            </Button>
          </Link>
        }
      />
    </Card>
  );
}

function Everything() {
  const w = useWords(says);
  return (
    <div className="overview">
      <Reminder />
      <Figures />
      <div className="overview-columns">
        <Card size="small">
          <Today />
        </Card>
        <Card size="small" title={<h2 className="card-title">{w.attention}</h2>}>
          <Attention />
        </Card>
        <Card
          size="small"
          title={<h2 className="card-title">{w.recent}</h2>}
          extra={<Link to="/watch">{w.live}</Link>}
        >
          <Recent />
        </Card>
        <Card
          size="small"
          title={<h2 className="card-title">{w.boxList}</h2>}
          extra={<Link to="/boxes">{w.allBoxes}</Link>}
        >
          <Boxes />
        </Card>
      </div>
    </div>
  );
}
