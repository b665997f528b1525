//! Queries of the guide over lines of AWS's own services, and commands that need several rows.

use super::*;

const REPORT: &str = "REPORT RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\tDuration: 142.57 ms\tBilled Duration: 143 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\t";
const START: &str = "START RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95 Version: $LATEST";
const FLOW: &str = "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 17 20 4249 1418530010 1418530070 ACCEPT OK";
const DNS: &str =
    "1.0 2017-12-13T08:16:02.130Z Z123412341234 example.com A SERVFAIL UDP FRA6 192.168.1.1 -";
const TRAIL: &str = r#"{"eventSource":"ec2.amazonaws.com","eventName":"StartInstances","awsRegion":"us-east-2","region":"us-east-2","errorCode":"Denied","errorMessage":"no"}"#;

#[test]
fn the_sample_queries_of_the_guide_find_what_they_look_for() {
    let lines: Vec<(i64, &str)> = [REPORT, START, FLOW, DNS, TRAIL]
        .into_iter()
        .map(|line| (START_MS, line))
        .collect();
    for (query, expected) in [
        (
            "filter @type = \"REPORT\"\n| stats max(@memorySize / 1024 / 1024) as provisonedMemoryMB,\n    min(@maxMemoryUsed / 1024 / 1024) as smallestMemoryRequestMB,\n    provisonedMemoryMB - smallestMemoryRequestMB as overProvisionedMB",
            "provisonedMemoryMB=122.0703125,smallestMemoryRequestMB=61.03515625,overProvisionedMB=61.03515625",
        ),
        (
            "filter @type = \"REPORT\" |\nstats avg (@duration), max(@duration) by bin(5m)",
            "bin(5m)=2026-11-22 07:05:00.000,avg (@duration)=142.57,max(@duration)=142.57",
        ),
        (
            "filter @type = 'START' | fields @requestId",
            "@requestId=8f507cfc-xmpl-4697-b07a-ac58fc914c95",
        ),
        (
            "filter ispresent(srcAddr) | stats sum(packets) as packetsTransferred by srcAddr, dstAddr\n| sort packetsTransferred  desc\n| limit 15",
            "srcAddr=172.31.16.139,dstAddr=172.31.16.21,packetsTransferred=20",
        ),
        (
            "filter isIpv4InSubnet(srcAddr, \"172.31.0.0/16\") | stats sum(bytes) by dstAddr",
            "dstAddr=172.31.16.21,sum(bytes)=4249",
        ),
        (
            "filter protocol=17 | stats count(*) by srcAddr",
            "srcAddr=172.31.16.139,count(*)=1",
        ),
        (
            "filter responseCode=\"SERVFAIL\" | stats count(*) by queryName",
            "queryName=example.com,count(*)=1",
        ),
        (
            "filter (eventName=\"StartInstances\" or eventName=\"StopInstances\") and region=\"us-east-2\" | stats count(*) by eventSource, awsRegion",
            "eventSource=ec2.amazonaws.com,awsRegion=us-east-2,count(*)=1",
        ),
        (
            "filter eventName=\"StartInstances\" and ispresent(errorCode)\n| stats count(*) by errorCode, errorMessage",
            "errorCode=Denied,errorMessage=no,count(*)=1",
        ),
        (
            "filter @message like /Duration/ | parse @message \"Billed Duration: * ms\" as @billed | stats max(@billed)",
            "max(@billed)=143",
        ),
    ] {
        assert_eq!(pairs(answer_over(&lines, query, None)), expected, "{query}");
    }
}

#[test]
fn commands_of_several_rows_see_those_around() {
    let minutes = [
        (0, 1, "a"),
        (1, 2, "b"),
        (4, 100, "a"),
        (5, 3, "b"),
        (6, 2, "a"),
    ];
    let texts: Vec<String> = minutes
        .iter()
        .map(|(_, n, u)| format!(r#"{{"n":{n},"u":"{u}"}}"#))
        .collect();
    let times = minutes
        .iter()
        .map(|(minute, ..)| START_MS + minute * 60_000);
    let lines: Vec<(i64, &str)> = times.zip(texts.iter().map(String::as_str)).rev().collect();
    for (query, expected) in [
        (
            "fields n | sort @timestamp | accum n as sum",
            "n=1,sum=1;n=2,sum=3;n=100,sum=103;n=3,sum=106;n=2,sum=108",
        ),
        (
            "fields n | sort @timestamp | limit 3 | autoregress n",
            "n=1;n=2,n_p1=1;n=100,n_p1=2",
        ),
        (
            "fields n | sort @timestamp | limit 3 | autoregress n as m p=1-2",
            "n=1;n=2,m_p1=1;n=100,m_p1=2,m_p2=1",
        ),
        (
            "fields n, n * 2 as m | sort @timestamp | limit 2 | addtotals col=true",
            "n=1,m=2,Total=3;n=2,m=4,Total=6;n=3,m=6,Total=9",
        ),
        (
            "fields n | sort @timestamp | limit 1 | addtotals fieldname=Sum n",
            "n=1,Sum=1",
        ),
        (
            "fields if(n > 50, n, missing) as m | sort @timestamp | filldown m",
            ";;m=100;m=100;m=100",
        ),
        (
            "stats count(*) as c by bin(1m) as t | fillmissing with 0 for c | display c",
            "c=1;c=1;c=0;c=0;c=1;c=1;c=1",
        ),
        (
            "filter u = 'b' | stats sum(n) as s by bin(2m) as t, u | fillmissing | display u, s",
            "u=b,s=2;u=b;u=b,s=3",
        ),
        (
            "fields n | sort @timestamp | outlier param=1 n",
            "n=1;n=2;n=4;n=3;n=2",
        ),
        (
            "fields n | sort @timestamp | outlier action=remove mark=true n",
            "n=1,n_outlier=0;n=2,n_outlier=0;n_outlier=1;n=3,n_outlier=0;n=2,n_outlier=0",
        ),
        (
            "fields u | sort @timestamp | sessionize u maxspan 3m",
            "u=a,session_id=1;u=b,session_id=2;u=a,session_id=3;u=b,session_id=4;u=a,session_id=3",
        ),
        (
            "fields u | sort @timestamp | sessionize u as s | limit 1",
            "u=a,s=1",
        ),
        ("countFrequent u", "u=a,_approxcount=3;u=b,_approxcount=2"),
        ("fields u | sort n desc | dedup u | limit 1", "u=a"),
        ("fields u | unmask | limit 1", "u=a"),
        (
            "pattern @message | display @pattern, @sampleCount, @ratio",
            "@pattern={\"n\":<Token-1>,\"u\":\"a\"},@sampleCount=3,@ratio=0.6;@pattern={\"n\":<Token-1>,\"u\":\"b\"},@sampleCount=2,@ratio=0.4",
        ),
        ("pattern @message | stats sum(@sampleCount) as n", "n=5"),
    ] {
        assert_eq!(pairs(answer_over(&lines, query, None)), expected, "{query}");
    }
}
