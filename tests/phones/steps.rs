//! What a helpdesk agent does, and what they see.

use crate::clerk::Station;
use keydesk::directory::Person;
use keydesk::engine::{
    Command, Event, JobShown, JobState, PhonesCommand, PhonesEvent, PlanShown, RowState,
};
use keydesk::phones::{Attribute, Blank, NumberSource, NumberText, Others, PhoneKind, PlanOptions};
use keydesk::settings::Settings;
use std::sync::Arc;

pub type Agent = Station<()>;

/// A connected station without keys.
pub fn agent() -> Agent {
    let mut station = Station::with((), None, |_| {});
    station.connect();
    station
}

pub fn options() -> PlanOptions {
    PlanOptions {
        kind: PhoneKind::Mobile,
        source: NumberSource::Attribute(Attribute::Extension(15)),
        others: Others::Change,
        blank: Blank::LeaveAlone,
        default_country: "SE".into(),
        only_countries: Vec::new(),
        unassigned_too: true,
        disabled_too: false,
        guests_too: false,
    }
}

/// Numbers out of the list itself.
pub fn from_list() -> PlanOptions {
    PlanOptions { source: NumberSource::Column("mobile".into()), ..options() }
}

/// A list of people and their numbers.
pub fn list(rows: &[(&str, &str)]) -> String {
    let lines = rows.iter().map(|(upn, number)| format!("{upn}@larkfield.example,{number}\n"));
    ["userPrincipalName,mobile\n".to_owned()].into_iter().chain(lines).collect()
}

impl Station<()> {
    pub fn phones(&self, command: PhonesCommand) {
        self.say(Command::Phones(command));
    }

    /// The next event of this page that is wanted; a problem that is told ends the test.
    pub fn heard<T>(&mut self, mut wanted: impl FnMut(PhonesEvent) -> Option<T>) -> T {
        self.wait(|event| match event {
            Event::Phones(event) => wanted(event),
            Event::Problem(problem) => panic!("a problem: {problem}"),
            _ => None,
        })
    }

    pub fn problem(&mut self) -> String {
        self.wait(|event| match event {
            Event::Problem(problem) => Some(problem.to_string()),
            _ => None,
        })
    }

    /// As after a change of the settings: everything is read from the journal.
    pub fn connect_anew(&mut self) {
        let file = self.data().join("config/config.toml");
        let mut settings = Settings::load(&file).unwrap().unwrap();
        settings.outputs.organisation = format!("{}x", settings.outputs.organisation);
        self.say(Command::SaveSettings(Box::new(settings)));
        self.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
    }

    pub fn plan(&mut self, list: String, options: PlanOptions) -> Arc<PlanShown> {
        self.phones(PhonesCommand::ReadText(list));
        self.heard(|event| matches!(event, PhonesEvent::People(Some(_))).then_some(()));
        self.phones(PhonesCommand::Plan(Box::new(options)));
        self.planned()
    }

    pub fn planned(&mut self) -> Arc<PlanShown> {
        self.heard(|event| match event {
            PhonesEvent::Plan(plan) => plan,
            PhonesEvent::NotPlanned(problem) => panic!("not planned: {problem}"),
            _ => None,
        })
    }

    /// Every row that is a change.
    pub fn apply(&mut self, plan: &PlanShown) {
        let rows = plan.rows.iter().enumerate();
        let rows = rows.filter(|(_, row)| row.planned.decision.is_ok()).map(|(at, _)| at);
        self.phones(PhonesCommand::Apply { edition: plan.edition, rows: rows.collect() });
    }

    /// The job once it is in such a state.
    pub fn job(&mut self, wanted: impl Fn(&JobState) -> bool) -> Box<JobShown> {
        self.heard(|event| match event {
            PhonesEvent::Job(Some(job)) if wanted(&job.state) => Some(job),
            _ => None,
        })
    }

    pub fn job_ended(&mut self) -> Box<JobShown> {
        self.job(|state| *state == JobState::Ended)
    }

    /// Opens the person of this name and waits until everything is read.
    pub fn open(&mut self, query: &str) -> Person {
        self.phones(PhonesCommand::Find { query: query.into() });
        let people = self.heard(|event| match event {
            PhonesEvent::Found { people, .. } => Some(people.unwrap()),
            _ => None,
        });
        let person = people[0].clone();
        self.phones(PhonesCommand::Open(Box::new(person.clone())));
        self.heard(|event| matches!(event, PhonesEvent::Person(Some(_))).then_some(()));
        person
    }

    /// Whether the cloud holds just this number for the person.
    pub fn holds(&self, user: &str, kind: PhoneKind, number: Option<&str>) -> bool {
        let upn = format!("{user}@larkfield.example");
        self.cloud.control().phone_is(&upn, kind, number)
    }

    pub fn mobile_is(&self, user: &str, number: &str) -> bool {
        self.holds(user, PhoneKind::Mobile, Some(number))
    }

    /// Writes to phones that the cloud was asked for and did.
    pub fn writes(&self) -> usize {
        let counts = self.cloud.control().observed().counts;
        let is_write = |call: &str| call.contains("phoneMethods") && !call.starts_with("GET");
        counts.iter().filter(|(call, _)| is_write(call)).map(|(_, count)| *count as usize).sum()
    }
}

/// How many rows are in each state: done, already so, changed meanwhile, failed, others.
pub fn tally(job: &JobShown) -> [usize; 5] {
    let mut tally = [0; 5];
    for row in job.rows.iter() {
        tally[match row.state {
            RowState::Done => 0,
            RowState::AlreadySo => 1,
            RowState::ChangedMeanwhile => 2,
            RowState::Failed(_) => 3,
            _ => 4,
        }] += 1;
    }
    tally
}

pub fn text(number: &str) -> NumberText {
    NumberText::new(number)
}
