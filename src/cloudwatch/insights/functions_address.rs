//! Functions of IP addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::catalogue::{Function, Kind, Param};
use super::expression::Pure;
use super::functions::function;
use super::value::Value;

const fn of_address(name: &'static str, form: &'static str, pure: Pure) -> Function {
    function("addresses", name, form, &[Param::Text], Kind::Bool, pure)
}

const fn of_subnet(name: &'static str, form: &'static str, pure: Pure) -> Function {
    function(
        "addresses",
        name,
        form,
        &[Param::Text, Param::Subnet],
        Kind::Bool,
        pure,
    )
}

/// Functions of addresses.
pub const ADDRESSES: &[Function] = &[
    of_address("isValidIp", "isValidIp(f)", |of, _| is_one(of, |_| true)),
    of_address("isValidIpV4", "isValidIpV4(f)", |of, _| {
        is_one(of, |it| it.is_ipv4())
    }),
    of_address("isValidIpV6", "isValidIpV6(f)", |of, _| {
        is_one(of, |it| it.is_ipv6())
    }),
    of_subnet(
        "isIpInSubnet",
        "isIpInSubnet(f, \"10.0.0.0/8\")",
        |of, _| is_in(of, |_| true),
    ),
    of_subnet(
        "isIpv4InSubnet",
        "isIpv4InSubnet(f, \"10.0.0.0/8\")",
        |of, _| is_in(of, |it| it.is_ipv4()),
    ),
    of_subnet(
        "isIpv6InSubnet",
        "isIpv6InSubnet(f, \"fe80::/10\")",
        |of, _| is_in(of, |it| it.is_ipv6()),
    ),
    function(
        "addresses",
        "ipv4ToNumber",
        "ipv4ToNumber(f)",
        &[Param::Text],
        Kind::Number,
        |of, _| match address(of) {
            Some(IpAddr::V4(it)) => Value::Number(f64::from(it.to_bits())),
            _ => Value::Null,
        },
    ),
    of_address("isPrivateIP", "isPrivateIP(f)", |of, _| {
        is_one(of, is_private)
    }),
    of_address("isPublicIP", "isPublicIP(f)", |of, _| {
        is_one(of, |it| !is_private(it) && !is_reserved(it))
    }),
    of_address("isReservedIP", "isReservedIP(f)", |of, _| {
        is_one(of, is_reserved)
    }),
];

fn address(of: &[Value<'_>]) -> Option<IpAddr> {
    of.first()?.text()?.parse().ok()
}

fn is_one<'v>(of: &[Value<'v>], is_it: fn(IpAddr) -> bool) -> Value<'v> {
    Value::Bool(address(of).is_some_and(is_it))
}

fn is_in<'v>(of: &[Value<'v>], is_it: fn(IpAddr) -> bool) -> Value<'v> {
    let subnet = of
        .get(1)
        .and_then(Value::text)
        .and_then(|it| Subnet::parse(&it));
    let is_inside = subnet
        .zip(address(of))
        .is_some_and(|(subnet, it)| subnet.has(it) && is_it(it));
    Value::Bool(is_inside)
}

/// A network, and how many bits its addresses share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Subnet {
    address: IpAddr,
    n_bits: u32,
}

impl Subnet {
    /// Tells whether its addresses are of IPv4.
    pub(super) fn is_v4(self) -> bool {
        self.address.is_ipv4()
    }

    /// Reads `10.0.0.0/8`; a single address is a network of its own.
    pub(super) fn parse(text: &str) -> Option<Subnet> {
        let (address, n_bits) = match text.split_once('/') {
            Some((address, n_bits)) => (address.parse().ok()?, Some(n_bits.parse().ok()?)),
            None => (text.parse().ok()?, None),
        };
        let most = match address {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        };
        let n_bits = n_bits.unwrap_or(most);
        (n_bits <= most).then_some(Subnet { address, n_bits })
    }

    fn has(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                let different = u64::from(a.to_bits() ^ b.to_bits());
                different >> (32 - self.n_bits) == 0
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                let different = a.to_bits() ^ b.to_bits();
                self.n_bits == 0 || different >> (128 - self.n_bits) == 0
            }
            _ => false,
        }
    }
}

// Source: RFC 1918, RFC 4193.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => it.is_private(),
        IpAddr::V6(it) => it.is_unique_local(),
    }
}

// Source: the special-purpose address registries of RFC 6890, without what is private.
fn is_reserved(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => {
            let [a, b, c, _] = Ipv4Addr::octets(&it);
            it.is_loopback()
                || it.is_link_local()
                || it.is_multicast()
                || it.is_documentation()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (18..20).contains(&b))
        }
        IpAddr::V6(it) => {
            let [a, b, ..] = Ipv6Addr::segments(&it);
            it.is_loopback()
                || it.is_unspecified()
                || it.is_multicast()
                || it.is_unicast_link_local()
                || (a == 0x2001 && b == 0xdb8)
        }
    }
}
