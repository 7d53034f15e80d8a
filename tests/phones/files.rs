//! The plan, the results and the slip as files.

use crate::steps::{Agent, agent, from_list, list};
use keydesk::engine::{Command, Event, Identified, PhonesCommand, PhonesEvent, PhonesFile};
use std::path::PathBuf;

impl Agent {
    fn written(&mut self, command: PhonesCommand) -> (PhonesFile, PathBuf, usize) {
        self.phones(command);
        self.heard(|event| match event {
            PhonesEvent::Written { what, path, count } => Some((what, path, count)),
            _ => None,
        })
    }

    fn history(&mut self, filter: &str) -> usize {
        let query = filter.to_owned();
        self.say(Command::LoadHistory { filter: query });
        self.wait(|event| match event {
            Event::History { rows, .. } => Some(rows.unwrap().len()),
            _ => None,
        })
    }
}

#[test]
fn a_plan_and_its_results_are_lists_without_a_number_in_whole() {
    let mut agent = agent();
    let people = [("oskar.lindqvist", "070-174 06 58"), ("aino.virtanen", "no number")];
    let plan = agent.plan(list(&people), from_list());
    let (what, path, count) = agent.written(PhonesCommand::ExportPlan);
    assert_eq!((what, count), (PhonesFile::Plan, 2));
    let planned = std::fs::read_to_string(path).unwrap();
    assert!(
        planned.contains("\r\nChange,Oskar Lindqvist,oskar.lindqvist@larkfield.example,Mobile,")
    );
    assert!(planned.contains("\r\nInvalid,Aino Virtanen,aino.virtanen@larkfield.example,Mobile,"));
    agent.apply(&plan);
    agent.job_ended();
    let (what, path, count) = agent.written(PhonesCommand::WriteResults);
    assert_eq!((what, count), (PhonesFile::Results, 1));
    let results = std::fs::read_to_string(path).unwrap();
    let row = results.lines().nth(1).unwrap();
    assert!(row.contains(",Done,,20"), "the result, and when it was");
    for text in [planned, results] {
        assert!(text.contains("'+46 ••• ••• 58") && text.contains("'+46 ••• ••• 13"));
        assert!(!text.contains("17406") && !text.contains("174 06"), "a number in whole");
    }
}

#[test]
fn the_slip_of_a_pass_is_written_while_it_is_shown_and_stands_in_the_history() {
    let mut agent = agent();
    let oskar = agent.open("Oskar Lindqvist").id;
    agent.phones(PhonesCommand::IssuePass {
        person: oskar,
        minutes: 60,
        once: true,
        because: Identified::InPerson { reason: "passport seen".into() },
    });
    agent.heard(|event| matches!(event, PhonesEvent::Pass(Some(_))).then_some(()));
    let (what, path, count) = agent.written(PhonesCommand::PrintPass);
    assert_eq!((what, count), (PhonesFile::PassSlip, 1));
    assert!(std::fs::read(&path).unwrap().starts_with(b"%PDF-"));
    assert_eq!(agent.history("pass slip oskar"), 1);
    agent.phones(PhonesCommand::HidePass);
    agent.phones(PhonesCommand::PrintPass);
    assert!(agent.problem().contains("No pass is on the screen"));
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 2, "slip and lock");
}
