# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_cruddurctl_global_optspecs
    string join \n target= data-dir= color= theme= h/help V/version
end

function __fish_cruddurctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_cruddurctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_cruddurctl_using_subcommand
    set -l cmd (__fish_cruddurctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "demo" -d 'Show everything once, offline: set up, serve, load, query, compare'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "up" -d 'Run the local stack, what is set up in it, and the back end, all in one'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "setup" -d 'Create the X-Ray group, the sampling rule and the log group, or bring them up to date'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "plan" -d 'Show what setting up would change'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "status" -d 'Show whether the X-Ray group, the sampling rule and the log group are as they should be'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "teardown" -d 'Delete the X-Ray group, the sampling rule and the log group with all its lines'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "xray" -d 'Work with X-Ray: its group and its sampling rule'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "logs" -d 'Work with CloudWatch Logs'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "serve" -d 'Run the instrumented mock back end of Cruddur'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "load" -d 'Send traffic to a back end at a steady rate, and tell honestly how long it took'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "query" -d 'Ask Honeycomb, or the local stack in its place'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "auth" -d 'Say whose Honeycomb key is used, and what it may do'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "datasets" -d 'List the datasets'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "columns" -d 'List the columns of a dataset'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "markers" -d 'List and make markers, which graphs show'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "trace" -d 'Draw one request through its three lenses: spans, segments and log lines on one time axis'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "stack" -d 'Run the local stack alone: Honeycomb, X-Ray, CloudWatch Logs and OTLP on one address'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "env" -d 'Print the variables that point any SDK at the running local stack'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "run" -d 'Run a command with these variables, on a stack of its own if none is running'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "init" -d 'Write what week 2 adds to a checkout of Cruddur'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "store" -d 'Look into the local stack\'s data folder'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "man" -d 'Print the manual page'
complete -c cruddurctl -n "__fish_cruddurctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand demo" -l requests -d 'How many requests to send' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand demo" -l seed -d 'What to make chance from' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand demo" -l svg -d 'Write the heatmap as an SVG picture too' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand demo" -l png -d 'Write the heatmap as a PNG picture too' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand demo" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand demo" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand demo" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand demo" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand demo" -l keep -d 'Leave stack and back end running until Ctrl-C'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand demo" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l host -d 'The address to listen on; other machines can reach anything but loopback, so that it needs a key in CRUDDUR_STACK_KEY, or --insecure' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l port -d 'The port of the back end; 0 lets the system choose' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l stack-port -d 'The port of the local stack, if it has to be started; 0 lets the system choose' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l grpc-port -d 'The stack\'s port for OTLP/gRPC; 0 lets the system choose [default: 4317, if it is free]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l daemon-port -d 'The stack\'s port of the X-Ray daemon\'s door; 0 lets the system choose [default: 2000, if it is free]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l compat -d '`upstream`: week 2 as it was published, crashes, spellings and all; without, the crashes are mended' -r -f -a "upstream\t'The bootcamp\'s week 2'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l without -d 'Leave a lens away, or several; OTEL_SDK_DISABLED=true and AWS_XRAY_SDK_ENABLED=false do so too' -r -f -a "spans\t'Spans: Honeycomb\'s datasets'
logs\t'Log lines: `region/group`'
segments\t'X-Ray segment documents: the region'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l semconv -d 'How HTTP attributes of spans are named' -r -f -a "stable\t'http.request.method'
legacy\t'http.method, as Flask wrote it in 2023'
dup\t'Both'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l latency -d 'How long a route takes: `home=lognormal(40ms,0.5)`, `search=uniform(10ms,50ms)`, `*=40ms`; can be repeated' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l errors -d 'The share of a route\'s requests that fail with 500: `search=2%`, `*=0.5%`; can be repeated' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l seed -d 'What to make the chance of --latency, --errors and sampling from; without, it is another every time' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l break -d 'Cause a classic failure of week 2, or `list` to explain them; can be repeated' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l call -d 'Call this address of another service whenever notifications are asked for' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l grace -d 'How long to go on sending what is left when stopped; the rest waits on disk for the next start' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l keep-size -d 'Let the events that arrived first go when the segments are larger than this, such as 500MB or 20GiB' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l keep-age -d 'Let events go that arrived longer ago than this, such as 12h or 7d' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l insecure -d 'Let other machines in without a key: all of them can then read and write everything'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -l yes -d 'With --target cloud, set up there without asking'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand up" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand setup" -l file -l rule-file -d 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand setup" -l retention-days -d 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand setup" -l class -d 'The class of a new log group; one that is there keeps its class for life' -r -f -a "standard\t'Everything'
infrequent-access\t'Half the price to take lines in, without live tail, metric filters and others'
delivery\t'Only passed on to other services'
essentials\t'A part of the features'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand setup" -l kms-key -d 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service\'s own key' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand setup" -l deletion-protection -d 'Keep the log group from being deleted, or with `=false` let it be again' -r -f -a "true\t''
false\t''"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand setup" -l tag -d 'Tag everything that is set up; may be given several times' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand setup" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand setup" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand setup" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand setup" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand setup" -l dry-run -d 'Show the plan and change nothing'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand setup" -l yes -d 'Change things in the cloud without asking'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand setup" -l adopt -d 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand setup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand setup" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand plan" -l file -l rule-file -d 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand plan" -l retention-days -d 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand plan" -l class -d 'The class of a new log group; one that is there keeps its class for life' -r -f -a "standard\t'Everything'
infrequent-access\t'Half the price to take lines in, without live tail, metric filters and others'
delivery\t'Only passed on to other services'
essentials\t'A part of the features'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand plan" -l kms-key -d 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service\'s own key' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand plan" -l deletion-protection -d 'Keep the log group from being deleted, or with `=false` let it be again' -r -f -a "true\t''
false\t''"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand plan" -l tag -d 'Tag everything that is set up; may be given several times' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand plan" -l output -d 'How to print the plan' -r -f -a "table\t'For people'
json\t'JSON'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand plan" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand plan" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand plan" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand plan" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand plan" -l adopt -d 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand plan" -l detailed-exitcode -d 'End with exit code 2 if there are changes to apply'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand plan" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand status" -l file -l rule-file -d 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand status" -l retention-days -d 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand status" -l class -d 'The class of a new log group; one that is there keeps its class for life' -r -f -a "standard\t'Everything'
infrequent-access\t'Half the price to take lines in, without live tail, metric filters and others'
delivery\t'Only passed on to other services'
essentials\t'A part of the features'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand status" -l kms-key -d 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service\'s own key' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand status" -l deletion-protection -d 'Keep the log group from being deleted, or with `=false` let it be again' -r -f -a "true\t''
false\t''"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand status" -l tag -d 'Tag everything that is set up; may be given several times' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand status" -l output -d 'How to print the state' -r -f -a "table\t'For people'
json\t'JSON'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand status" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand status" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand status" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand status" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand status" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand teardown" -l file -l rule-file -d 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand teardown" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand teardown" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand teardown" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand teardown" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand teardown" -l dry-run -d 'Show the plan and change nothing'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand teardown" -l yes -d 'Change things in the cloud without asking'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand teardown" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand teardown" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -f -a "setup" -d 'Create groups and sampling rules, or bring them to what the file says'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -f -a "plan" -d 'Show what setting up groups and sampling rules would change'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -f -a "status" -d 'Show whether groups and sampling rules are as they should be'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -f -a "teardown" -d 'Delete the sampling rules and groups that the file names, as far as they are ours'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -f -a "check" -d 'Check a file of sampling rules and groups without sending anything'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -f -a "traces" -d 'List traces, the newest first'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -f -a "graph" -d 'Show which service calls which, and how that went'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -f -a "daemon" -d 'Stand in for AWS\'s X-Ray daemon, in the foreground; or ask what was refused'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -f -a "rules" -d 'List the sampling rules in the order in which they are asked'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -f -a "groups" -d 'List the groups'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -f -a "sampling" -d 'Tell how requests are sampled'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and not __fish_seen_subcommand_from setup plan status teardown check traces graph daemon rules groups sampling help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from setup" -l file -l rule-file -d 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from setup" -l tag -d 'Tag everything that is set up; may be given several times' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from setup" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from setup" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from setup" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from setup" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from setup" -l dry-run -d 'Show the plan and change nothing'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from setup" -l yes -d 'Change things in the cloud without asking'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from setup" -l adopt -d 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from setup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from setup" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from plan" -l file -l rule-file -d 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from plan" -l tag -d 'Tag everything that is set up; may be given several times' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from plan" -l output -d 'How to print the plan' -r -f -a "table\t'For people'
json\t'JSON'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from plan" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from plan" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from plan" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from plan" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from plan" -l adopt -d 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from plan" -l detailed-exitcode -d 'End with exit code 2 if there are changes to apply'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from plan" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from status" -l file -l rule-file -d 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from status" -l tag -d 'Tag everything that is set up; may be given several times' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from status" -l output -d 'How to print the state' -r -f -a "table\t'For people'
json\t'JSON'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from status" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from status" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from status" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from status" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from teardown" -l file -l rule-file -d 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from teardown" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from teardown" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from teardown" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from teardown" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from teardown" -l dry-run -d 'Show the plan and change nothing'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from teardown" -l yes -d 'Change things in the cloud without asking'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from teardown" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from teardown" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from check" -l output -d 'How to print what was found' -r -f -a "table\t'For people'
json\t'JSON'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from check" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from check" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from check" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from check" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from check" -l fix -d 'Rewrite misspelt keys in the file, and nothing else'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from traces" -l filter -d 'Only traces that this filter expression means, such as \'service("backend-flask") { fault }\'' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from traces" -l group -d 'Only traces of this group' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from traces" -l last -d 'In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from traces" -l since -d 'At this moment and later: 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or RFC 3339' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from traces" -l until -d 'Before this moment; without --since, the hour before it' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from traces" -l limit -d 'At most this many traces, the newest' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from traces" -l output -d 'How to print the list' -r -f -a "table\t'A table; a picture, where there is one'
json\t'JSON'
csv\t'Comma-separated values'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from traces" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from traces" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from traces" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from traces" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from traces" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from traces" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from graph" -l group -d 'Only traces of this group' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from graph" -l last -d 'In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from graph" -l since -d 'At this moment and later: 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or RFC 3339' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from graph" -l until -d 'Before this moment; without --since, the hour before it' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from graph" -l output -d 'How to print the graph' -r -f -a "table\t'A drawing in text'
json\t'JSON'
svg\t'A picture for a browser or a page'
png\t'The same as pixels, in the light scheme unless --theme says otherwise: --output png > trace.png'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from graph" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from graph" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from graph" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from graph" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from graph" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from graph" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -s b -l bind -d 'Where to listen, UDP for segments and TCP for everything else; port 0 lets the system choose' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -s t -l bind-tcp -d 'Where to listen with TCP, if not at the same address' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -l port -d 'The port of both, in place of the ones in the addresses' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -s n -l region -d 'The AWS region [default: AWS_REGION; with --forward also the profile\'s]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -l spool-size -d 'How much may wait on disk for each side, such as 64MiB; beyond it the oldest segments go, and are counted' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -l grace -d 'How long to go on sending after Ctrl-C; what is left waits in the spool for the next start' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -s l -l log-level -d 'How much to say' -r -f -a "dev\t'As debug'
debug\t'Every batch'
info\t'What is going on'
warn\t'Only what is not as it should be'
error\t'Only what is lost'
prod\t'As info'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -l keep-size -d 'Let the events that arrived first go when the segments are larger than this, such as 500MB or 20GiB' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -l keep-age -d 'Let events go that arrived longer ago than this, such as 12h or 7d' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -s c -l config -d 'The real daemon\'s configuration file' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -s f -l log-file -d 'The real daemon\'s log file' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -s m -l buffer-memory -d 'The real daemon\'s buffer' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -s r -l role-arn -d 'The real daemon\'s role' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -s a -l resource-arn -d 'The ARN of what the real daemon runs on' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -s p -l proxy-address -d 'The real daemon\'s proxy' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -l allow-remote -d 'Let other machines in; the daemon asks nobody who they are'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -l forward -d 'Send segments to AWS, besides storing them in the local stack'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -l forward-only -d 'Send segments to AWS and store none locally; the stack only keeps what was refused'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -s o -l local-mode -d 'What the real daemon needs outside of EC2'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -f -a "rejects" -d 'List the segments that the local stack refused, and why'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from daemon" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from rules" -l output -d 'How to print the list' -r -f -a "table\t'A table; a picture, where there is one'
json\t'JSON'
csv\t'Comma-separated values'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from rules" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from rules" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from rules" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from rules" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from rules" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from rules" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from groups" -l output -d 'How to print the list' -r -f -a "table\t'A table; a picture, where there is one'
json\t'JSON'
csv\t'Comma-separated values'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from groups" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from groups" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from groups" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from groups" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from groups" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from groups" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from sampling" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from sampling" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from sampling" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from sampling" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from sampling" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from sampling" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from sampling" -f -a "explain" -d 'Tell which sampling rule decides about a request, why, and what that costs a month'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from sampling" -f -a "simulate" -d 'Let the sampler decide about an hour of requests, or about recorded ones, and count what it keeps'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from sampling" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from help" -f -a "setup" -d 'Create groups and sampling rules, or bring them to what the file says'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from help" -f -a "plan" -d 'Show what setting up groups and sampling rules would change'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show whether groups and sampling rules are as they should be'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from help" -f -a "teardown" -d 'Delete the sampling rules and groups that the file names, as far as they are ours'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check a file of sampling rules and groups without sending anything'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from help" -f -a "traces" -d 'List traces, the newest first'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from help" -f -a "graph" -d 'Show which service calls which, and how that went'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from help" -f -a "daemon" -d 'Stand in for AWS\'s X-Ray daemon, in the foreground; or ask what was refused'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from help" -f -a "rules" -d 'List the sampling rules in the order in which they are asked'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from help" -f -a "groups" -d 'List the groups'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from help" -f -a "sampling" -d 'Tell how requests are sampled'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand xray; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and not __fish_seen_subcommand_from setup plan status teardown tail filter query ship help" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and not __fish_seen_subcommand_from setup plan status teardown tail filter query ship help" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and not __fish_seen_subcommand_from setup plan status teardown tail filter query ship help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and not __fish_seen_subcommand_from setup plan status teardown tail filter query ship help" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and not __fish_seen_subcommand_from setup plan status teardown tail filter query ship help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and not __fish_seen_subcommand_from setup plan status teardown tail filter query ship help" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and not __fish_seen_subcommand_from setup plan status teardown tail filter query ship help" -f -a "setup" -d 'Create the log group, or bring it up to date'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and not __fish_seen_subcommand_from setup plan status teardown tail filter query ship help" -f -a "plan" -d 'Show what setting up the log group would change'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and not __fish_seen_subcommand_from setup plan status teardown tail filter query ship help" -f -a "status" -d 'Show whether the log group is as it should be'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and not __fish_seen_subcommand_from setup plan status teardown tail filter query ship help" -f -a "teardown" -d 'Delete the log group with all its lines'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and not __fish_seen_subcommand_from setup plan status teardown tail filter query ship help" -f -a "tail" -d 'Print lines of log groups in order of time, and follow them'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and not __fish_seen_subcommand_from setup plan status teardown tail filter query ship help" -f -a "filter" -d 'Find lines of a stretch of time, or count them'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and not __fish_seen_subcommand_from setup plan status teardown tail filter query ship help" -f -a "query" -d 'Run a query of CloudWatch Logs Insights'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and not __fish_seen_subcommand_from setup plan status teardown tail filter query ship help" -f -a "ship" -d 'Send lines from a pipe or a file to a log stream, and lose none'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and not __fish_seen_subcommand_from setup plan status teardown tail filter query ship help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from setup" -l retention-days -d 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from setup" -l class -d 'The class of a new log group; one that is there keeps its class for life' -r -f -a "standard\t'Everything'
infrequent-access\t'Half the price to take lines in, without live tail, metric filters and others'
delivery\t'Only passed on to other services'
essentials\t'A part of the features'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from setup" -l kms-key -d 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service\'s own key' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from setup" -l deletion-protection -d 'Keep the log group from being deleted, or with `=false` let it be again' -r -f -a "true\t''
false\t''"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from setup" -l tag -d 'Tag everything that is set up; may be given several times' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from setup" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from setup" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from setup" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from setup" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from setup" -l dry-run -d 'Show the plan and change nothing'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from setup" -l yes -d 'Change things in the cloud without asking'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from setup" -l adopt -d 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from setup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from setup" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from plan" -l retention-days -d 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from plan" -l class -d 'The class of a new log group; one that is there keeps its class for life' -r -f -a "standard\t'Everything'
infrequent-access\t'Half the price to take lines in, without live tail, metric filters and others'
delivery\t'Only passed on to other services'
essentials\t'A part of the features'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from plan" -l kms-key -d 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service\'s own key' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from plan" -l deletion-protection -d 'Keep the log group from being deleted, or with `=false` let it be again' -r -f -a "true\t''
false\t''"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from plan" -l tag -d 'Tag everything that is set up; may be given several times' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from plan" -l output -d 'How to print the plan' -r -f -a "table\t'For people'
json\t'JSON'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from plan" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from plan" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from plan" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from plan" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from plan" -l adopt -d 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from plan" -l detailed-exitcode -d 'End with exit code 2 if there are changes to apply'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from plan" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from status" -l retention-days -d 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from status" -l class -d 'The class of a new log group; one that is there keeps its class for life' -r -f -a "standard\t'Everything'
infrequent-access\t'Half the price to take lines in, without live tail, metric filters and others'
delivery\t'Only passed on to other services'
essentials\t'A part of the features'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from status" -l kms-key -d 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service\'s own key' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from status" -l deletion-protection -d 'Keep the log group from being deleted, or with `=false` let it be again' -r -f -a "true\t''
false\t''"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from status" -l tag -d 'Tag everything that is set up; may be given several times' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from status" -l output -d 'How to print the state' -r -f -a "table\t'For people'
json\t'JSON'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from status" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from status" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from status" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from status" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from teardown" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from teardown" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from teardown" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from teardown" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from teardown" -l dry-run -d 'Show the plan and change nothing'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from teardown" -l yes -d 'Change things in the cloud without asking'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from teardown" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from teardown" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l since -d 'From when on: 90s, 15m or 2h ago, a time of day such as 10:30, or a moment such as 2026-11-24T10:00:00Z' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l until -d 'Before this time, written alike' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l filter -d 'Only lines that match this filter pattern, such as \'ERROR -debug\', \'{ $.status >= 500 }\' or \'[..., status = 5*]\'' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l stream -d 'Only this stream; may be given more than once' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l stream-prefix -d 'Only streams whose name begins so' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l output -d 'How to print lines' -r -f -a "text\t'Time, stream and message'
json\t'A JSON object for each line; its event_id is null where a live session told it'
raw\t'The message alone'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -s f -l follow -d 'Go on with new lines until Ctrl-C'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l live -d 'Follow by a live session, which is faster than polling; in the cloud it is billed by the minute'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from filter" -l group -d 'The log group; may be given more than once' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from filter" -l stream -d 'Only this stream; may be given more than once' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from filter" -l stream-prefix -d 'Only streams whose name begins so' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from filter" -l last -d 'In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from filter" -l since -d 'From when on: 15m ago, a time of day such as 10:30, or a moment such as 2026-11-24T10:00:00Z' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from filter" -l until -d 'Before this time, written alike; without --since, the hour before it' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from filter" -l limit -d 'With --count, at most this many shapes' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from filter" -l output -d 'How to print lines or counts' -r -f -a "table\t'Lines as `logs tail` prints them, counts as a table'
json\t'JSON'
csv\t'Comma-separated values'
raw\t'The messages alone; with counts, each count and what was counted'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from filter" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from filter" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from filter" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from filter" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from filter" -l count -d 'Count lines by their shape instead of printing them'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from filter" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from filter" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from query" -l group -d 'The log group; may be given more than once [default: cruddur]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from query" -l last -d 'In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from query" -l since -d 'From when on: 15m ago, a time of day such as 10:30, or a moment such as 2026-11-24T10:00:00Z' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from query" -l until -d 'Before this time, written alike; without --since, the hour before it' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from query" -l limit -d 'At most this many rows' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from query" -l output -d 'How to print rows' -r -f -a "table\t'Columns'
json\t'JSON'
csv\t'Comma-separated values'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from query" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from query" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from query" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from query" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from query" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from query" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -l group -d 'The log group; made if it is missing' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -l stream -d 'The log stream; made if it is missing' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -l file -d 'Read this file, not the standard input' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -l timestamp-field -d 'The member of a JSON line that says when it was: seconds, milliseconds, microseconds or nanoseconds since 1970, or a text such as RFC 3339; names with dots between for one that lies deeper' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -l timezone -d 'Whose clock wrote times without an offset, such as Europe/Berlin or UTC [default: the local one]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -l time-format -d 'How times are written, as strftime does it, such as \'%d.%m.%Y %H:%M:%S\' [default: any usual form]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -l patience -d 'How long to go on when the input has ended and nothing gets through; what is left then stays in the spool' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -l spool-size -d 'How much the spool may hold; while it is full, no more is read' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -l retention-days -d 'If the group has to be made, keep its log events for this many days' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -l output -d 'How to print what became of the lines' -r -f -a "table\t'For people'
json\t'JSON'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -l json -d 'Lines are JSON objects, and say when they were in the member `timestamp`, or the one that --timestamp-field names'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -l leading-time -d 'Lines begin with their time: `[2026-Nov-22 07:09]`, as Cruddur\'s back end writes it, RFC 3339, syslog\'s or another usual form, in local time if it has no offset'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -l drain -d 'Only deliver what waits in the spool for this group'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from ship" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from help" -f -a "setup" -d 'Create the log group, or bring it up to date'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from help" -f -a "plan" -d 'Show what setting up the log group would change'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show whether the log group is as it should be'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from help" -f -a "teardown" -d 'Delete the log group with all its lines'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from help" -f -a "tail" -d 'Print lines of log groups in order of time, and follow them'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from help" -f -a "filter" -d 'Find lines of a stretch of time, or count them'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from help" -f -a "query" -d 'Run a query of CloudWatch Logs Insights'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from help" -f -a "ship" -d 'Send lines from a pipe or a file to a log stream, and lose none'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand logs; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l host -d 'The address to listen on; other machines can reach anything but loopback, so that it needs a key in CRUDDUR_STACK_KEY, or --insecure' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l port -d 'The port to listen on; 0 lets the system choose' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l stack-port -d 'The port of the local stack, if this command has to start it' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l compat -d '`upstream`: week 2 as it was published, crashes, spellings and all; without, the crashes are mended' -r -f -a "upstream\t'The bootcamp\'s week 2'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l without -d 'Leave a lens away, or several; OTEL_SDK_DISABLED=true and AWS_XRAY_SDK_ENABLED=false do so too' -r -f -a "spans\t'Spans: Honeycomb\'s datasets'
logs\t'Log lines: `region/group`'
segments\t'X-Ray segment documents: the region'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l semconv -d 'How HTTP attributes of spans are named' -r -f -a "stable\t'http.request.method'
legacy\t'http.method, as Flask wrote it in 2023'
dup\t'Both'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l latency -d 'How long a route takes: `home=lognormal(40ms,0.5)`, `search=uniform(10ms,50ms)`, `*=40ms`; can be repeated' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l errors -d 'The share of a route\'s requests that fail with 500: `search=2%`, `*=0.5%`; can be repeated' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l seed -d 'What to make the chance of --latency, --errors and sampling from; without, it is another every time' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l break -d 'Cause a classic failure of week 2, or `list` to explain them; can be repeated' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l call -d 'Call this address of another service whenever notifications are asked for' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l grace -d 'How long to go on sending what is left when stopped; the rest waits on disk for the next start' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l keep-size -d 'Let the events that arrived first go when the segments are larger than this, such as 500MB or 20GiB' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l keep-age -d 'Let events go that arrived longer ago than this, such as 12h or 7d' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l insecure -d 'Let other machines in without a key: all of them can then read and write everything'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -l console -d 'Print every span too'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand serve" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l rps -d 'Requests a second, or several rates one after another, such as 10,50,100 [default: 50]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l for -d 'How long in all; several rates share it evenly [default: 30s]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l step -d 'How long each of several rates lasts' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l arrivals -d 'How requests are spread over time' -r -f -a "even\t'All gaps are alike'
random\t'At random, as from visitors who know nothing of each other'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l connections -d 'Send over N connections, each as fast as it is answered, instead of at a rate' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l max-connections -d 'At a rate: how many requests may be under way at once' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l mix -d 'Which routes, and how often each in relation to the others, such as home=6,search=2; `list` lists them' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l path -d 'Get this path instead; may be given several times' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l seed -d 'What to make chance from: the same seed sends the same requests in the same order' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l timeout -d 'How long to wait for an answer, or for a free connection' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l assert -d 'Fail unless this holds, such as \'p99<250ms\', \'errors<1%\', \'rps>90\' or \'home.p90<80ms\'' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l dataset -d 'The dataset to mark the run in [default: OTEL_SERVICE_NAME, or backend-flask]' -r -f -a '(cruddurctl datasets --names 2>/dev/null)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l output -d 'How to print the result' -r -f -a "table\t'Tables'
json\t'JSON'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l traceparent -d 'Begin a trace with every request, so that the slowest can be looked at with `cruddurctl trace`'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -l no-marker -d 'Do not mark the run'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand load" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l spec -d 'The query specification to run, in Honeycomb\'s JSON; - reads it from standard input' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l column -d 'The column to calculate over' -r -f -a '(cruddurctl columns --names 2>/dev/null)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l last -d 'A stretch of time, such as 90s, 15m, 2h, 1h30m or 7d: the last one, or from --since, or up to --until [default: 2h]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l since -d 'From this moment on: 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or RFC 3339' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l until -d 'Up to this moment' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l by -d 'Group by this column; may be given more than once' -r -f -a '(cruddurctl columns --names 2>/dev/null)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l where -d 'Only events for which this holds, such as \'http.route = /api/activities/home and (duration_ms > 250 or error exists)\'; may be given more than once, then all must hold' -r -f -a '(cruddurctl columns --names 2>/dev/null)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l having -d 'Only groups for which this holds, such as \'p90 > 250ms\'; may be given more than once' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l order -d 'Order the groups, such as \'p90\', \'count asc\' or a column of --by; may be given more than once' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l limit -d 'At most this many groups [default: 100]; with --why, at most this many attributes [default: 10]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l granularity -d 'The length of a time step, in whole seconds' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l calc -d 'A column to compute, in Honeycomb\'s formulas, such as \'slow = GT($duration_ms, 250)\'; may be given more than once' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l select -d 'Select events of the answer: t=12:03..12:05,\'>400ms\' is a box in the heatmap, 400ms..2s a range of its values, and a condition such as \'error = true\' will do too' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l among -d 'Compare only these attributes; may be given more than once' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l dataset -d 'The dataset, or __all__ for all of them' -r -f -a '(cruddurctl datasets --names 2>/dev/null)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l timeout -d 'Give up if the query is not done after this time' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l assert -d 'Fail unless this holds for every group, such as \'p90 < 250ms\' or \'count > 100\'; may be given more than once' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l compare -d 'Ask the same about the window so much earlier too, such as 1d, and show what changed for each group' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l on -d 'Ask the local stack and Honeycomb, whatever --target says, and show how far they are apart for each group' -r -f -a "local\t'The local stack'
cloud\t'Honeycomb'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l output -d 'How to print the answer' -r -f -a "table\t'A table; a picture, where there is one'
json\t'JSON'
csv\t'Comma-separated values'
svg\t'A picture that stands alone'
png\t'The same as pixels, in the light scheme unless --theme says otherwise: --output png > heatmap.png'
html\t'A page with the picture and the rows, which loads nothing'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l scale -d 'How the value axis of a picture runs' -r -f -a "auto\t'Logarithmic where a few outliers would press all others together, else linear'
linear\t'Equal lengths are equal differences'
log\t'Equal lengths are equal ratios; linear all the same if there are values below zero'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l watch -d 'Ask again every so many seconds, and draw in place until Ctrl-C [default: 2; 10 with Honeycomb itself]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l why -d 'Rank the attributes by how their values differ inside the selection from outside'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l all-spans -d 'Compare the spans inside of others too; without it root spans are compared with root spans, if some are selected'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l print-spec -d 'Print the question as Honeycomb\'s JSON, and do not ask it'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l fresh -d 'Ask Honeycomb anew, even if the same question was answered within its time step'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l url -d 'Print the link that runs this question in Honeycomb\'s own pages, and do not ask it'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -l open -d 'Open that link in the browser'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand query" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand auth" -l output -d 'How to print it' -r -f -a "table\t'A table; a picture, where there is one'
json\t'JSON'
csv\t'Comma-separated values'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand auth" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand auth" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand auth" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand auth" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand auth" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand auth" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand datasets" -l output -d 'How to print them' -r -f -a "table\t'A table; a picture, where there is one'
json\t'JSON'
csv\t'Comma-separated values'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand datasets" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand datasets" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand datasets" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand datasets" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand datasets" -l names -d 'Print the names alone, one a line'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand datasets" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand datasets" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand columns" -l dataset -d 'The dataset, or __all__ for all of them' -r -f -a '(cruddurctl datasets --names 2>/dev/null)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand columns" -l output -d 'How to print them' -r -f -a "table\t'A table; a picture, where there is one'
json\t'JSON'
csv\t'Comma-separated values'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand columns" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand columns" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand columns" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand columns" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand columns" -l names -d 'Print the names alone, one a line'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand columns" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand columns" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and not __fish_seen_subcommand_from list add help" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and not __fish_seen_subcommand_from list add help" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and not __fish_seen_subcommand_from list add help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and not __fish_seen_subcommand_from list add help" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and not __fish_seen_subcommand_from list add help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and not __fish_seen_subcommand_from list add help" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and not __fish_seen_subcommand_from list add help" -f -a "list" -d 'List the markers, the oldest first'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and not __fish_seen_subcommand_from list add help" -f -a "add" -d 'Mark a moment, or a span of time, on the graphs of a dataset'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and not __fish_seen_subcommand_from list add help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from list" -l dataset -d 'The dataset, or __all__ for all of them' -r -f -a '(cruddurctl datasets --names 2>/dev/null)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from list" -l output -d 'How to print them' -r -f -a "table\t'A table; a picture, where there is one'
json\t'JSON'
csv\t'Comma-separated values'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from list" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from list" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from list" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from add" -l type -d 'What kind of thing happened' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from add" -l since -d 'When it happened or began: 15m, 10:30, yesterday 14:00 or RFC 3339 [default: now]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from add" -l until -d 'When it ended, if it took a while' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from add" -l url -d 'Where to read more' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from add" -l dataset -d 'The dataset, or __all__ for all of them' -r -f -a '(cruddurctl datasets --names 2>/dev/null)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from add" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from add" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from add" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from add" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the markers, the oldest first'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from help" -f -a "add" -d 'Mark a moment, or a span of time, on the graphs of a dataset'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand markers; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand trace" -l within -d 'How far back --last and --slowest look' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand trace" -l dataset -d 'Whose spans: a dataset [default: all of them]' -r -f -a '(cruddurctl datasets --names 2>/dev/null)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand trace" -l log-group -d 'Whose log lines' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand trace" -l limit -d 'Draw at most this many pieces of each lens; the longest, and what went wrong, are kept' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand trace" -l output -d 'How to print the trace' -r -f -a "table\t'A drawing in text'
json\t'JSON'
svg\t'A picture for a browser or a page'
png\t'The same as pixels, in the light scheme unless --theme says otherwise: --output png > trace.png'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand trace" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand trace" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand trace" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand trace" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand trace" -l last -d 'The newest request'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand trace" -l slowest -d 'The slowest request'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand trace" -l details -d 'Show attributes, annotations, ids and origins too'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand trace" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand trace" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -l host -d 'The address to listen on; other machines can reach anything but loopback, so that it needs a key in CRUDDUR_STACK_KEY, or --insecure' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -l port -d 'The port to listen on; 0 lets the system choose' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -l grpc-port -d 'The port to listen on for OTLP/gRPC; 0 lets the system choose [default: 4317, if it is free]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -l daemon-port -d 'The port of the X-Ray daemon\'s door, UDP and TCP; 0 lets the system choose [default: 2000, if it is free]' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -l allow-host -d 'Let requests call the stack by this name too' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -l allow-origin -d 'Let pages of this origin send telemetry from a browser, such as https://app.example.com' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -l strict -d 'Keep to the real Honeycomb\'s limits, to test a client against them' -r -f -a "enterprise\t'Queries can be run through the API'
free\t'Queries can be made and not run: 403'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -l query-time -d 'The longest time that a query may take, such as 30s or 5m' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -l keep-size -d 'Let the events that arrived first go when the segments are larger than this, such as 500MB or 20GiB' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -l keep-age -d 'Let events go that arrived longer ago than this, such as 12h or 7d' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -l seal-rows -d 'Seal the journal after so many events, so that tests see segments soon' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -l insecure -d 'Let other machines in without a key: all of them can then read and write everything'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand stack" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand env" -l shell -d 'The shell that is to read it; zsh and sh read bash\'s form [default: bash, on Windows powershell]' -r -f -a "bash\t'bash, zsh, and every other POSIX shell'
fish\t'fish'
powershell\t'PowerShell'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand env" -l output -d 'In a form that is for no shell' -r -f -a "json\t'A JSON object'
docker-compose\t'A service\'s part of a compose file, for containers on this machine'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand env" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand env" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand env" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand env" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand env" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand env" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand run" -l keep-size -d 'Let the events that arrived first go when the segments are larger than this, such as 500MB or 20GiB' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand run" -l keep-age -d 'Let events go that arrived longer ago than this, such as 12h or 7d' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand run" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand run" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand run" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand run" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand run" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand init" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand init" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand init" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand init" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand init" -l dry-run -d 'Show what would be written, and write nothing'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand init" -l yes -d 'Write without asking, also in place of files that are there already and differ'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand init" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and not __fish_seen_subcommand_from stat verify compact accept-losses accept-clock export help" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and not __fish_seen_subcommand_from stat verify compact accept-losses accept-clock export help" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and not __fish_seen_subcommand_from stat verify compact accept-losses accept-clock export help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and not __fish_seen_subcommand_from stat verify compact accept-losses accept-clock export help" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and not __fish_seen_subcommand_from stat verify compact accept-losses accept-clock export help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and not __fish_seen_subcommand_from stat verify compact accept-losses accept-clock export help" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and not __fish_seen_subcommand_from stat verify compact accept-losses accept-clock export help" -f -a "stat" -d 'List the datasets and how many events they hold'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and not __fish_seen_subcommand_from stat verify compact accept-losses accept-clock export help" -f -a "verify" -d 'Read everything and name what is damaged; nothing is changed'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and not __fish_seen_subcommand_from stat verify compact accept-losses accept-clock export help" -f -a "compact" -d 'Seal what has just come in and merge small segments, so that queries have less to open'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and not __fish_seen_subcommand_from stat verify compact accept-losses accept-clock export help" -f -a "accept-losses" -d 'Take it that missing events never come back, so that answers no longer say that they leave them out'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and not __fish_seen_subcommand_from stat verify compact accept-losses accept-clock export help" -f -a "accept-clock" -d 'Take it that the system\'s clock is right, so that events expire by it'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and not __fish_seen_subcommand_from stat verify compact accept-losses accept-clock export help" -f -a "export" -d 'Write a dataset\'s events to a file that other tools read'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and not __fish_seen_subcommand_from stat verify compact accept-losses accept-clock export help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from stat" -l output -d 'How to print the list' -r -f -a "table\t'A table; a picture, where there is one'
json\t'JSON'
csv\t'Comma-separated values'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from stat" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from stat" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from stat" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from stat" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from stat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from stat" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from verify" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from verify" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from verify" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from verify" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from verify" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from compact" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from compact" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from compact" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from compact" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from compact" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from compact" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from accept-losses" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from accept-losses" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from accept-losses" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from accept-losses" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from accept-losses" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from accept-losses" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from accept-clock" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from accept-clock" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from accept-clock" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from accept-clock" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from accept-clock" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from accept-clock" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from export" -l dataset -d 'The dataset' -r -f -a '(cruddurctl datasets --names 2>/dev/null)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from export" -l lens -d 'Which kind of dataset' -r -f -a "spans\t'Spans: Honeycomb\'s datasets'
logs\t'Log lines: `region/group`'
segments\t'X-Ray segment documents: the region'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from export" -l last -d 'Only the last stretch of time, such as 90s, 15m, 2h or 7d' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from export" -l since -d 'Only events of this moment and later: 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or RFC 3339' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from export" -l until -d 'Only events before this moment' -r
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from export" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from export" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from export" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from export" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from export" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "stat" -d 'List the datasets and how many events they hold'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Read everything and name what is damaged; nothing is changed'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "compact" -d 'Seal what has just come in and merge small segments, so that queries have less to open'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "accept-losses" -d 'Take it that missing events never come back, so that answers no longer say that they leave them out'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "accept-clock" -d 'Take it that the system\'s clock is right, so that events expire by it'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write a dataset\'s events to a file that other tools read'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand completions" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand completions" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand completions" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand completions" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand man" -l target -d 'Where to work: the local stack, the cloud, or what the environment\'s credentials say' -r -f -a "local\t'The local stack'
cloud\t'AWS and Honeycomb'
auto\t'The cloud if the environment has credentials for it, else the local stack'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand man" -l data-dir -d 'The folder of the local stack\'s data' -r -F
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand man" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can, unless NO_COLOR says otherwise'
always\t'Always'
never\t'Never'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand man" -l theme -d 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light' -r -f -a "auto\t'As the terminal or the page is'
light\t'Dark on a bright ground'
dark\t'Bright on a dark ground'"
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand man" -s V -l version -d 'Print version'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "demo" -d 'Show everything once, offline: set up, serve, load, query, compare'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "up" -d 'Run the local stack, what is set up in it, and the back end, all in one'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "setup" -d 'Create the X-Ray group, the sampling rule and the log group, or bring them up to date'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "plan" -d 'Show what setting up would change'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "status" -d 'Show whether the X-Ray group, the sampling rule and the log group are as they should be'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "teardown" -d 'Delete the X-Ray group, the sampling rule and the log group with all its lines'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "xray" -d 'Work with X-Ray: its group and its sampling rule'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "logs" -d 'Work with CloudWatch Logs'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "serve" -d 'Run the instrumented mock back end of Cruddur'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "load" -d 'Send traffic to a back end at a steady rate, and tell honestly how long it took'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "query" -d 'Ask Honeycomb, or the local stack in its place'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "auth" -d 'Say whose Honeycomb key is used, and what it may do'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "datasets" -d 'List the datasets'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "columns" -d 'List the columns of a dataset'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "markers" -d 'List and make markers, which graphs show'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "trace" -d 'Draw one request through its three lenses: spans, segments and log lines on one time axis'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "stack" -d 'Run the local stack alone: Honeycomb, X-Ray, CloudWatch Logs and OTLP on one address'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "env" -d 'Print the variables that point any SDK at the running local stack'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "run" -d 'Run a command with these variables, on a stack of its own if none is running'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "init" -d 'Write what week 2 adds to a checkout of Cruddur'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "store" -d 'Look into the local stack\'s data folder'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "completions" -d 'Print the completions of a shell'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "man" -d 'Print the manual page'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and not __fish_seen_subcommand_from demo up setup plan status teardown xray logs serve load query auth datasets columns markers trace stack env run init store completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from xray" -f -a "setup" -d 'Create groups and sampling rules, or bring them to what the file says'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from xray" -f -a "plan" -d 'Show what setting up groups and sampling rules would change'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from xray" -f -a "status" -d 'Show whether groups and sampling rules are as they should be'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from xray" -f -a "teardown" -d 'Delete the sampling rules and groups that the file names, as far as they are ours'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from xray" -f -a "check" -d 'Check a file of sampling rules and groups without sending anything'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from xray" -f -a "traces" -d 'List traces, the newest first'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from xray" -f -a "graph" -d 'Show which service calls which, and how that went'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from xray" -f -a "daemon" -d 'Stand in for AWS\'s X-Ray daemon, in the foreground; or ask what was refused'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from xray" -f -a "rules" -d 'List the sampling rules in the order in which they are asked'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from xray" -f -a "groups" -d 'List the groups'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from xray" -f -a "sampling" -d 'Tell how requests are sampled'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from logs" -f -a "setup" -d 'Create the log group, or bring it up to date'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from logs" -f -a "plan" -d 'Show what setting up the log group would change'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from logs" -f -a "status" -d 'Show whether the log group is as it should be'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from logs" -f -a "teardown" -d 'Delete the log group with all its lines'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from logs" -f -a "tail" -d 'Print lines of log groups in order of time, and follow them'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from logs" -f -a "filter" -d 'Find lines of a stretch of time, or count them'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from logs" -f -a "query" -d 'Run a query of CloudWatch Logs Insights'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from logs" -f -a "ship" -d 'Send lines from a pipe or a file to a log stream, and lose none'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from markers" -f -a "list" -d 'List the markers, the oldest first'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from markers" -f -a "add" -d 'Mark a moment, or a span of time, on the graphs of a dataset'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "stat" -d 'List the datasets and how many events they hold'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "verify" -d 'Read everything and name what is damaged; nothing is changed'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "compact" -d 'Seal what has just come in and merge small segments, so that queries have less to open'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "accept-losses" -d 'Take it that missing events never come back, so that answers no longer say that they leave them out'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "accept-clock" -d 'Take it that the system\'s clock is right, so that events expire by it'
complete -c cruddurctl -n "__fish_cruddurctl_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "export" -d 'Write a dataset\'s events to a file that other tools read'
