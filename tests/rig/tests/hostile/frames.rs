//! Frames that break CTAPHID (CTAP 2.1, 11.2), and channels that are none.

use std::sync::Arc;

use keydesk::key::{KeyError, KeyFacts};
use keydesk_rig::liar::{Lie, Said, command, frame, frames};
use keydesk_rig::{Kind, Report};

use crate::bench::on_both_engines;
use crate::key::{Hostile, Work, lie_about};

on_both_engines!(
    frames_that_break_the_protocol_end_the_call_by_cause,
    frames_that_are_not_ours_or_say_nothing_are_passed_over,
    an_answer_to_another_command_is_refused,
    each_error_frame_is_an_error_by_cause,
    a_channel_that_is_none_is_refused,
    a_channel_that_the_key_does_not_know_is_given_up,
    noise_ends_the_call,
);

const GET_INFO: u8 = 0x04;
const OTHERS: [u8; 4] = [0xDE, 0xAD, 0xBE, 0xEF];

type Told = Result<KeyFacts, KeyError>;

fn malformed(told: &Told) -> bool {
    matches!(told, Err(KeyError::Malformed(_)))
}

fn silent(told: &Told) -> bool {
    matches!(told, Err(KeyError::Silent))
}

fn about_info(lie: impl Fn(&Said) -> Vec<Report> + Send + Sync + 'static) -> Lie {
    lie_about(GET_INFO, 0, move |said| Some(lie(said)))
}

/// With this number of bytes announced.
fn announced(said: &Said, bytes: u16) -> Vec<Report> {
    let mut frames = said.frames();
    frames[0][5..7].copy_from_slice(&bytes.to_be_bytes());
    frames
}

fn on_channel(said: &Said, channel: [u8; 4]) -> Vec<Report> {
    frames(channel, said.command, &said.payload)
}

/// A name, what the key says instead, and what we may make of it.
type Case = (&'static str, Lie, fn(&Told) -> bool);

fn frames_that_break_the_protocol_end_the_call_by_cause(kind: Kind) {
    let cases: Vec<Case> = vec![
        ("nothing at all", about_info(|_| Vec::new()), silent),
        ("on another's channel", about_info(|said| on_channel(said, OTHERS)), silent),
        ("on channel 0", about_info(|said| on_channel(said, [0; 4])), silent),
        ("on everybody's channel", about_info(|said| on_channel(said, [0xFF; 4])), silent),
        ("no byte", about_info(|said| said.with(Vec::new())), malformed),
        ("a status alone", about_info(|said| announced(said, 1)), malformed),
        (
            "half of it",
            about_info(|said| announced(said, said.payload.len() as u16 / 2)),
            malformed,
        ),
        ("more than it sends", about_info(|said| announced(said, 2_000)), silent),
        ("more than can be", about_info(|said| announced(said, 7_610)), malformed),
        ("65535 bytes", about_info(|said| announced(said, 0xFFFF)), malformed),
        ("without its first frame", about_info(|said| said.frames().split_off(1)), malformed),
        (
            "without its second frame",
            about_info(|said| {
                let mut frames = said.frames();
                frames.remove(1);
                frames
            }),
            |told| malformed(told) || silent(told),
        ),
        (
            "its last frame missing",
            about_info(|said| {
                let mut frames = said.frames();
                frames.pop();
                frames
            }),
            silent,
        ),
        (
            "its first frame twice",
            about_info(|said| {
                let frames = said.frames();
                [&frames[..1], &frames].concat()
            }),
            malformed,
        ),
        (
            "its second frame twice",
            about_info(|said| {
                let frames = said.frames();
                [&frames[..2], &frames[1..]].concat()
            }),
            // Where the second is the last, the answer was whole before.
            |told| malformed(told) || told.is_ok(),
        ),
        ("numbered from 1", about_info(|said| renumbered(said, |number| number + 1)), malformed),
        ("numbered 127", about_info(|said| renumbered(said, |_| 0x7F)), malformed),
        ("backwards", about_info(|said| said.frames().into_iter().rev().collect()), malformed),
        (
            "another answer in the middle of it",
            about_info(|said| {
                let frames = said.frames();
                [&frames[..1], &said.with(vec![0, 0xA0])[..], &frames[1..]].concat()
            }),
            malformed,
        ),
        (
            "an error without its code",
            about_info(|said| frames(said.channel, command::ERROR, &[])),
            malformed,
        ),
        (
            "keepalives and no answer",
            about_info(|said| frames(said.channel, command::KEEPALIVE, &[1]).repeat(200)),
            silent,
        ),
        (
            "its answer twice, and then rubbish",
            about_info(|said| {
                let rubbish = frame(said.channel, &[0x05], &[0xEE; 59]);
                [said.frames(), said.frames(), vec![rubbish; 3]].concat()
            }),
            // Nothing tells the second from the answer to the next request.
            |told| told.is_ok() || malformed(told),
        ),
        (
            "a touch wanted and no answer",
            about_info(|said| frames(said.channel, command::KEEPALIVE, &[2])),
            |told| matches!(told, Err(KeyError::NoTouch | KeyError::Silent)),
        ),
    ];
    let hostile = Hostile::new(kind);
    for (name, lie, expected) in cases {
        let told = hostile.facts(name, lie);
        assert!(expected(&told), "{name}: {told:?}");
        hostile.must_work(name);
    }
}

fn renumbered(said: &Said, number: impl Fn(u8) -> u8) -> Vec<Report> {
    let mut frames = said.frames();
    for report in &mut frames[1..] {
        report[4] = number(report[4]);
    }
    frames
}

fn frames_that_are_not_ours_or_say_nothing_are_passed_over(kind: Kind) {
    let between = |foreign: fn(&Said) -> Report| {
        about_info(move |said| {
            said.frames().into_iter().flat_map(|own| [foreign(said), own]).collect()
        })
    };
    let cases: Vec<(&str, Lie)> = vec![
        ("another's answer", between(|_| frame(OTHERS, &[command::CBOR, 0, 2], &[0, 0xA0]))),
        ("another's next frame", between(|_| frame(OTHERS, &[0], &[0xEE; 59]))),
        ("another's error", between(|_| frame(OTHERS, &[command::ERROR, 0, 1], &[0x7F]))),
        (
            "another's channel being opened",
            between(|_| frame([0xFF; 4], &[command::INIT, 0, 17], &[7; 17])),
        ),
        (
            "another's refusal on everybody's channel",
            between(|_| frame([0xFF; 4], &[command::CBOR, 0, 1], &[0x7F])),
        ),
        ("work going on", between(|said| frame(said.channel, &[command::KEEPALIVE, 0, 1], &[1]))),
        (
            "keepalives of no known kind, and none",
            about_info(|said| {
                let strange = [0, 3, 0xFF]
                    .map(|status| frame(said.channel, &[command::KEEPALIVE, 0, 1], &[status]));
                let empty = frame(said.channel, &[command::KEEPALIVE, 0, 0], &[]);
                [&strange[..], &[empty], &said.frames()].concat()
            }),
        ),
    ];
    let hostile = Hostile::new(kind);
    let truth = hostile.facts("the truth", Arc::new(|_| None)).unwrap();
    for (name, lie) in cases {
        assert_eq!(hostile.facts(name, lie), Ok(truth.clone()), "{name}");
        hostile.must_work(name);
    }
}

fn an_answer_to_another_command_is_refused(kind: Kind) {
    let hostile = Hostile::new(kind);
    for other in 0x80..=0xFF {
        if [command::CBOR, command::KEEPALIVE, command::ERROR].contains(&other) {
            continue;
        }
        let name = format!("command {other:#04x}");
        let lie = about_info(move |said| frames(said.channel, other, &said.payload));
        let told = hostile.facts(&name, lie);
        assert!(malformed(&told), "{name}: {told:?}");
    }
    hostile.must_work("other commands");
}

fn each_error_frame_is_an_error_by_cause(kind: Kind) {
    let hostile = Hostile::new(kind);
    for code in 0..=0xFF {
        let name = format!("error {code:#04x}");
        let lie = about_info(move |said| frames(said.channel, command::ERROR, &[code]));
        let told = hostile.facts(&name, lie);
        let by_cause = match code {
            0 | 0x05 | 0x06 => told == Err(KeyError::Busy),
            0x01 => matches!(told, Err(KeyError::Unsupported(_))),
            _ => matches!(told, Err(KeyError::Transport(_))),
        };
        assert!(by_cause, "{name}: {told:?}");
    }
    hostile.must_work("error frames");
}

fn a_channel_that_is_none_is_refused(kind: Kind) {
    let given = |channel: [u8; 4]| {
        about_init(move |said| {
            let mut payload = said.payload.clone();
            payload[8..12].copy_from_slice(&channel);
            said.with(payload)
        })
    };
    let cases: Vec<Case> = vec![
        ("nothing at all", about_init(|_| Vec::new()), silent),
        ("everybody's channel", given([0xFF; 4]), malformed),
        ("channel 0", given([0; 4]), malformed),
        ("to another's nonce", about_init(|said| said.with(flipped(&said.payload))), silent),
        ("cut short", about_init(|said| said.with(said.payload[..16].to_vec())), malformed),
        ("no byte announced", about_init(|said| announced(said, 0)), malformed),
        ("more announced than a frame holds", about_init(|said| announced(said, 400)), malformed),
        ("as CBOR", about_init(|said| frames(said.channel, command::CBOR, &said.payload)), silent),
        (
            "another's answer before ours",
            about_init(|said| [said.with(flipped(&said.payload)), said.frames()].concat()),
            Result::is_ok,
        ),
        ("twice", about_init(|said| said.frames().repeat(2)), Result::is_ok),
    ];
    let hostile = Hostile::new(kind);
    for (name, lie, expected) in cases {
        hostile.lose_its_channel();
        let told = hostile.facts(name, lie);
        assert!(expected(&told), "{name}: {told:?}");
        hostile.must_work(name);
    }
}

fn a_channel_that_the_key_does_not_know_is_given_up(kind: Kind) {
    let hostile = Hostile::new(kind);
    for (work, asked, subcommand) in [(Work::Facts, GET_INFO, 0), (Work::CheckPin, 0x06, 2)] {
        // What can't be read ends the channel; the next call gets one that the key does not know.
        let unreadable = lie_about(asked, subcommand, |said| Some(said.with(vec![0, 0xFF])));
        let told = hostile.asked(work, "no CBOR", unreadable);
        assert!(matches!(told, Err(KeyError::Malformed(_))), "{work:?}: {told:?}");
        if let Work::Facts = work {
            hostile.lose_its_channel();
        }
        let unknown = about_init(|said| {
            let mut payload = said.payload.clone();
            payload[8..12].copy_from_slice(&OTHERS);
            said.with(payload)
        });
        let told = hostile.asked(work, "a channel that it does not know", unknown);
        match kind {
            Kind::OpenSk => assert!(told.is_err(), "{work:?}"),
            Kind::Trussed => assert_eq!(told, Ok(()), "{work:?}: it does not mind"),
        }
        hostile.must_work("a channel that it does not know");
    }
}

fn about_init(lie: impl Fn(&Said) -> Vec<Report> + Send + Sync + 'static) -> Lie {
    Arc::new(move |said| (said.command == command::INIT).then(|| lie(said)))
}

fn flipped(payload: &[u8]) -> Vec<u8> {
    let mut payload = payload.to_vec();
    payload[0] ^= 0xFF;
    payload
}

fn noise_ends_the_call(kind: Kind) {
    let hostile = Hostile::new(kind);
    for work in [Work::Facts, Work::CheckPin, Work::Make, Work::Credentials] {
        for seed in 1..=12_u64 {
            let name = format!("noise {seed}");
            let lie: Lie = Arc::new(move |said| {
                let noise = (0..40).map(|number| noise(said.channel, seed * 1_000 + number));
                (said.command == command::CBOR).then(|| noise.collect())
            });
            let told = hostile.asked(work, &name, lie);
            assert!(told.is_err(), "{work:?}, {name}");
        }
        hostile.must_work("noise");
    }
}

/// A frame of random bytes on this channel (xorshift64*).
fn noise(channel: [u8; 4], seed: u64) -> Report {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut report = [0; 64];
    for byte in &mut report {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        *byte = (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 56) as u8;
    }
    report[..4].copy_from_slice(&channel);
    report
}
